fn inside(cr: f64, ci: f64) -> i64 {
    let (mut x, mut y) = (0.0f64, 0.0f64);
    for left in (0..=50).rev() {
        let (x2, y2) = (x * x, y * y);
        if x2 + y2 > 4.0 {
            return 0;
        }
        if left == 0 {
            return 1;
        }
        (x, y) = (x2 - y2 + cr, 2.0 * (x * y) + ci);
    }
    unreachable!()
}

pub fn run(n: i64) -> i64 {
    let at = |i: i64, from: f64| 2.5 * i as f64 / n as f64 - from;
    let row = |line: i64| {
        let ci = at(line, 1.25);
        (0..n).map(|col| inside(at(col, 2.0), ci)).sum::<i64>()
    };
    (0..n).map(row).sum()
}
