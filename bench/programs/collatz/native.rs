fn steps(mut n: i64) -> i64 {
    let mut taken = 0;
    while n != 1 {
        n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
        taken += 1;
    }
    taken
}

pub fn run(n: i64) -> i64 {
    (1..=n).map(steps).sum()
}
