pub fn run(n: i64) -> i64 {
    let mut v = Vec::new();
    let mut x = 1;
    for _ in 0..n {
        v.push(x);
        x = x * 16807 % 2147483647;
    }
    let middle = (n / 2) as usize;
    let mut by_key = v.clone();
    by_key.sort_by_key(|x: &i64| -(x % 1000));
    v.sort();
    v[middle] + by_key[middle] % 1000
}
