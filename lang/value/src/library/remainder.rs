//! The remainder of floats.

/// `x % y`. Remainders of floats are exact, so every right algorithm gives the same; the compiler's
/// own is fast and has 2 kB, which matters where collections are opaque.
pub(super) fn float_remainder(x: f64, y: f64) -> f64 {
    if cfg!(feature = "opaque") {
        by_subtraction(x, y)
    } else {
        x % y
    }
}

/// One subtraction for each bit by which the exponents differ.
fn by_subtraction(x: f64, y: f64) -> f64 {
    let (size, divisor) = (x.abs(), y.abs());
    if !(size < f64::INFINITY && divisor > 0.0) {
        return f64::NAN;
    }
    if size < divisor || divisor == f64::INFINITY {
        return x;
    }
    let (mut rest, exponent) = parts(size);
    let (divisor, least) = parts(divisor);
    for left in (0..=exponent - least).rev() {
        if rest >= divisor {
            rest -= divisor;
        }
        if left > 0 {
            rest <<= 1;
        }
    }
    // Below the divisor, so it has at most 53 bits; the scale is that of the divisor.
    from_parts(rest, least).copysign(x)
}

/// Fraction and exponent of a positive float: it is `fraction * 2^(exponent - 1075)`, and the
/// fraction has 53 bits.
fn parts(x: f64) -> (u64, i32) {
    let (fraction, exponent) = (x.to_bits() & ((1 << 52) - 1), (x.to_bits() >> 52) as i32);
    match exponent {
        0 => normal(fraction, 1),
        _ => (fraction | 1 << 52, exponent),
    }
}

/// The same number with a fraction of 53 bits.
fn normal(fraction: u64, exponent: i32) -> (u64, i32) {
    let missing = fraction.leading_zeros() as i32 - 11;
    (fraction << missing, exponent - missing)
}

/// The float of a fraction below 2^53, which is a multiple of the smallest float.
fn from_parts(fraction: u64, exponent: i32) -> f64 {
    if fraction == 0 {
        return 0.0;
    }
    let (fraction, exponent) = normal(fraction, exponent);
    f64::from_bits(if exponent < 1 {
        fraction >> (1 - exponent)
    } else {
        (exponent as u64) << 52 | (fraction & ((1 << 52) - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(x: f64, y: f64) -> bool {
        let (got, want) = (by_subtraction(x, y), x % y);
        got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan()
    }

    #[test]
    fn special_values() {
        let values = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            3.0,
            f64::MIN_POSITIVE,
            5e-324,
            1e-310,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ];
        for x in values {
            for y in values {
                assert!(same(x, y), "{x:e} % {y:e}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_floats(x in any::<f64>(), y in any::<f64>()) {
            prop_assert!(same(x, y), "{:e} % {:e}", x, y);
        }

        #[test]
        fn ordinary_floats(x in -1e6..1e6_f64, y in -100.0..100.0_f64) {
            prop_assert!(same(x, y) && same(x.trunc(), y.trunc()), "{:e} % {:e}", x, y);
        }
    }
}
