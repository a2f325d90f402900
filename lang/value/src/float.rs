//! Floats as text: the shortest digits that read back to the same double.

use alloc::string::String;

/// Writes a float as the language prints it: always with a fraction, scientific outside
/// `1e-7 <= |x| < 1e21`, `##Inf`, `##-Inf`, `##NaN`.
pub fn write_float(x: f64, out: &mut String) {
    if x.is_nan() {
        return out.push_str("##NaN");
    }
    if x.is_infinite() {
        return out.push_str(if x > 0.0 { "##Inf" } else { "##-Inf" });
    }
    let mut buffer = zmij::Buffer::new();
    let (digits, exponent) = split(buffer.format_finite(x));
    if x.is_sign_negative() {
        out.push('-');
    }
    lay_out(digits.as_bytes(), exponent, out);
}

/// Up to 17 significant digits without leading or trailing zeros.
struct Digits {
    digits: [u8; 20],
    len: usize,
}

impl Digits {
    fn as_bytes(&self) -> &[u8] {
        &self.digits[..self.len]
    }
}

/// The digits `d1 d2 …` and exponent `e` of a shortest text: the number is `0.d1d2… × 10^e`.
/// Works for any of the usual layouts, so it does not depend on when the crate goes scientific.
fn split(text: &str) -> (Digits, i32) {
    let mut digits = Digits {
        digits: [0; 20],
        len: 0,
    };
    let mut exponent = 0;
    let mut seen_point = false;
    let mut zeros = 0;
    let mut bytes = text.bytes();
    for byte in bytes.by_ref() {
        match byte {
            b'.' => seen_point = true,
            b'e' | b'E' => break,
            b'0' if digits.len == 0 => exponent -= i32::from(seen_point),
            b'0'..=b'9' => {
                exponent += i32::from(!seen_point);
                if byte == b'0' {
                    zeros += 1;
                } else {
                    digits.len += zeros;
                    zeros = 0;
                    if let Some(slot) = digits.digits.get_mut(digits.len) {
                        *slot = byte - b'0';
                        digits.len += 1;
                    }
                }
            }
            _ => {}
        }
    }
    let (mut scale, mut negative) = (0, false);
    for byte in bytes {
        match byte {
            b'-' => negative = true,
            b'0'..=b'9' => scale = scale * 10 + i32::from(byte - b'0'),
            _ => {}
        }
    }
    (digits, exponent + if negative { -scale } else { scale })
}

fn lay_out(digits: &[u8], exponent: i32, out: &mut String) {
    let n = digits.len() as i32;
    let push = |out: &mut String, digits: &[u8]| {
        for digit in digits {
            out.push(char::from(b'0' + digit));
        }
    };
    let zeros = |out: &mut String, n: i32| {
        for _ in 0..n {
            out.push('0');
        }
    };
    if n == 0 {
        out.push_str("0.0");
    } else if !(-6..=21).contains(&exponent) {
        push(out, &digits[..1]);
        out.push('.');
        if n == 1 {
            out.push('0');
        } else {
            push(out, &digits[1..]);
        }
        out.push('e');
        crate::print::write_int(i64::from(exponent - 1), out);
    } else if exponent <= 0 {
        out.push_str("0.");
        zeros(out, -exponent);
        push(out, digits);
    } else if n <= exponent {
        push(out, digits);
        zeros(out, exponent - n);
        out.push_str(".0");
    } else {
        push(out, &digits[..exponent as usize]);
        out.push('.');
        push(out, &digits[exponent as usize..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(x: f64, expect: &str) {
        let mut text = String::new();
        write_float(x, &mut text);
        assert_eq!(text, expect);
    }

    #[test]
    fn floats_print_as_the_language_says() {
        check(3.0, "3.0");
        check(0.1, "0.1");
        check(-0.0, "-0.0");
        check(0.0, "0.0");
        check(1.5e-9, "1.5e-9");
        check(2e22, "2.0e22");
        check(1e21, "1.0e21");
        check(1e20, "100000000000000000000.0");
        check(123456789012345680000.0, "123456789012345680000.0");
        check(1e-7, "0.0000001");
        check(9.9e-8, "9.9e-8");
        check(-1234.5, "-1234.5");
        check(100.0, "100.0");
        check(f64::MAX, "1.7976931348623157e308");
        check(f64::MIN_POSITIVE, "2.2250738585072014e-308");
        check(5e-324, "5.0e-324");
        check(f64::INFINITY, "##Inf");
        check(f64::NEG_INFINITY, "##-Inf");
        check(f64::NAN, "##NaN");
    }
}
