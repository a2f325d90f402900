use std::collections::HashMap;

pub fn run(n: i64) -> i64 {
    let mut counts: HashMap<i64, i64> = HashMap::new();
    for i in 0..n {
        *counts.entry(i * 31 % 1009).or_insert(0) += 1;
    }
    1000000 * counts.len() as i64 + counts[&7]
}
