use std::collections::HashMap;

pub fn run(n: i64) -> String {
    let lines: Vec<String> = (0..n)
        .map(|i| format!("The quick brown Fox {} jumps over the lazy Dog", i % 10))
        .collect();
    let text = lines.join(" ");
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(' ').collect();
    let mut counts: HashMap<&str, i64> = HashMap::new();
    for word in &words {
        *counts.entry(word).or_insert(0) += 1;
    }
    let mut keys: Vec<&str> = counts.keys().copied().collect();
    keys.sort();
    let report: Vec<String> = keys.iter().map(|word| format!("{word}={}", counts[word])).collect();
    format!("{}:{}:{}", text.chars().count(), words.len(), report.join(","))
}
