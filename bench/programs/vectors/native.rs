pub fn run(n: i64) -> i64 {
    let mut v = Vec::new();
    for i in 0..n {
        v.push(i * 7919 % 10007);
    }
    let neighbours: i64 = v.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let even: Vec<i64> = v.iter().copied().filter(|x| x % 2 == 0).collect();
    let squares: Vec<i64> = even.iter().map(|x| x * x).collect();
    neighbours + squares.iter().sum::<i64>()
}
