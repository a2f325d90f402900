type Function = Box<dyn Fn(i64) -> i64>;

fn adder(k: i64) -> Function {
    Box::new(move |x| x + k)
}

fn scaler(k: i64) -> Function {
    Box::new(move |x| x * k)
}

fn chain(f: Function, g: Function) -> Function {
    Box::new(move |x| g(f(x)))
}

pub fn run(n: i64) -> i64 {
    let f = [scaler(3), adder(7), scaler(5)].into_iter().fold(adder(1), chain);
    (0..n).fold(1, |x, _| f(x) % 1000003)
}
