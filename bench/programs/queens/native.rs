fn safe(row: i64, placed: &[i64]) -> bool {
    let others = placed.iter().rev().zip(1..);
    others.into_iter().all(|(&other, distance)| other != row && (other - row).abs() != distance)
}

fn ways(n: i64, left: i64, placed: &mut Vec<i64>) -> i64 {
    if left == 0 {
        return 1;
    }
    let mut sum = 0;
    for row in 0..n {
        if safe(row, placed) {
            placed.push(row);
            sum += ways(n, left - 1, placed);
            placed.pop();
        }
    }
    sum
}

pub fn run(n: i64) -> i64 {
    ways(n, n, &mut Vec::new())
}
