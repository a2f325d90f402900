use std::collections::HashMap;

struct Person {
    #[allow(dead_code, reason = "a part of the record")]
    id: i64,
    team: &'static str,
    pay: i64,
    senior: bool,
}

const TEAMS: [&str; 7] = ["oak", "elm", "ash", "fir", "yew", "box", "bay"];

fn person(i: i64) -> Person {
    Person {
        id: i,
        team: TEAMS[(i % 7) as usize],
        pay: 1000 + i * 7919 % 5000,
        senior: i % 3 == 0,
    }
}

pub fn run(n: i64) -> i64 {
    let seniors = (0..n).map(person).filter(|p| p.senior);
    let people = seniors.map(|p| Person { pay: p.pay + p.pay / 10, ..p });
    let mut teams: HashMap<&str, Vec<Person>> = HashMap::new();
    for p in people {
        teams.entry(p.team).or_default().push(p);
    }
    let best = |members: &[Person]| members.iter().map(|p| p.pay).max().unwrap_or(0);
    teams.values().map(|members| members.len() as i64 * best(members)).sum()
}
