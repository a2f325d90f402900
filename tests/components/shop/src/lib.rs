//! A sample RTFS module in Rust: prices orders with capabilities of its host.
//!
//! It asks for `shop.price` (an item's price in cents) and, to reserve, `shop.reserve`; the
//! currency is in the host's context. Without grants every question is refused, and the error says
//! so.

use rtfs_guest::{
    Error, FromValue, IntoValue, Map, Value, call_capability, call_capability_with, context, module,
};

module! {
    /// What an order costs, line by line.
    "quote" => quote(lines: Vec<Line>) -> Result<Quote, Error>;
    /// Reserves an item; the host is told how long that may take.
    "reserve" => reserve(item: String, timeout_ms: i64) -> Result<Reservation, Error>;
}

/// One line of an order.
#[derive(FromValue)]
struct Line {
    item: String,
    quantity: i64,
    /// Percent; none when absent.
    discount: Option<i64>,
}

/// What an order costs.
#[derive(IntoValue)]
struct Quote {
    currency: String,
    lines: Vec<PricedLine>,
    total_cents: i64,
}

/// What a line costs.
#[derive(IntoValue)]
struct PricedLine {
    item: String,
    cents: i64,
}

/// How a reservation ended.
#[derive(FromValue, IntoValue)]
enum Reservation {
    /// Nothing is left.
    SoldOut,
    /// The number to ask for.
    Reserved(i64),
}

fn quote(lines: Vec<Line>) -> Result<Quote, Error> {
    let currency = context("currency")?;
    let currency = currency.as_ref().and_then(Value::as_str).unwrap_or("EUR");
    let lines: Vec<PricedLine> = lines.into_iter().map(priced).collect::<Result<_, _>>()?;
    let total = lines
        .iter()
        .try_fold(0_i64, |sum, line| sum.checked_add(line.cents));
    Ok(Quote {
        currency: currency.to_owned(),
        total_cents: total.ok_or_else(too_expensive)?,
        lines,
    })
}

fn priced(line: Line) -> Result<PricedLine, Error> {
    let discount = line.discount.unwrap_or(0);
    if line.quantity < 1 || !(0..=100).contains(&discount) {
        let about = format!("{} of {} at {discount} % off", line.quantity, line.item);
        return Err(Error::invalid_argument(&about));
    }
    let price = call_capability("shop.price", &[Value::string(&line.item)])?;
    let Some(price) = price.as_int() else {
        let message = format!("the price of {} is no number of cents", line.item);
        return Err(Error::raised("bad-price", &message).with_data(price));
    };
    let full = price.checked_mul(line.quantity);
    let cents = full.and_then(|full| full.checked_mul(100 - discount));
    Ok(PricedLine {
        item: line.item,
        cents: cents.ok_or_else(too_expensive)? / 100,
    })
}

fn too_expensive() -> Error {
    Error::raised("too-expensive", "nobody can pay that")
}

fn reserve(item: String, timeout_ms: i64) -> Result<Reservation, Error> {
    let mut hints = Map::new();
    hints.assoc(Value::keyword("runtime.timeout"), Value::int(timeout_ms))?;
    let answer = call_capability_with("shop.reserve", &[Value::string(&item)], hints)?;
    Reservation::from_value(answer)
        .map_err(|got| Error::raised("bad-answer", "that is no reservation").with_data(got))
}

#[cfg(test)]
mod tests {
    use super::RTFS_EXPORTS;
    use rtfs_guest::testing::{self, MockHost};
    use rtfs_guest::{Error, Map, Value};

    fn record<const N: usize>(fields: [(&str, Value); N]) -> Value {
        let mut map = Map::new();
        for (key, value) in fields {
            map.assoc(Value::keyword(key), value)
                .expect("a keyword is a key");
        }
        map.into_value()
    }

    fn line(item: &str, quantity: i64) -> Value {
        record([
            ("item", Value::string(item)),
            ("quantity", Value::int(quantity)),
        ])
    }

    fn host() -> MockHost {
        MockHost::new()
            .context("currency", Value::string("CHF"))
            .capability("shop.price", |args| match args[0].as_str() {
                Some("tea") => Ok(Value::int(250)),
                Some("gold") => Ok(Value::int(i64::MAX)),
                _ => Err(Error::raised("no-such-item", "there is none")),
            })
            .capability("shop.reserve", |args| match args[0].as_str() {
                Some("tea") => Ok(Value::vector([Value::keyword("reserved"), Value::int(7)])),
                Some("milk") => Ok(Value::keyword("sold-out")),
                _ => Ok(Value::NIL),
            })
    }

    fn call(name: &str, args: &[Value]) -> Result<Value, Error> {
        host().run(|| testing::call(RTFS_EXPORTS, name, args))
    }

    #[test]
    fn orders_are_priced_line_by_line() {
        let quote = call("quote", &[Value::vector([line("tea", 2), line("tea", 1)])]);
        let expected = record([
            ("currency", Value::string("CHF")),
            (
                "lines",
                Value::vector([500, 250].map(|cents| {
                    record([("item", Value::string("tea")), ("cents", Value::int(cents))])
                })),
            ),
            ("total-cents", Value::int(750)),
        ]);
        assert_eq!(quote.expect("tea is sold"), expected);
    }

    #[test]
    fn what_the_host_answers_and_what_cannot_be_is_raised() {
        let error = |item: &str| {
            let refused = call("quote", &[Value::vector([line(item, 2)])]);
            refused.expect_err("not for sale").kind().to_owned()
        };
        assert_eq!(error("milk"), "no-such-item");
        assert_eq!(error("gold"), "too-expensive");
        let none = call("quote", &[Value::vector([line("tea", 0)])]);
        assert_eq!(none.expect_err("no tea").class(), "InvalidArgument");
        let bare = call("quote", &[Value::vector([Value::int(1)])]);
        assert_eq!(bare.expect_err("no line").class(), "TypeValidationError");
    }

    #[test]
    fn reservations_are_keywords_or_vectors() {
        let reserve = |item: &str| call("reserve", &[Value::string(item), Value::int(50)]);
        let reserved = Value::vector([Value::keyword("reserved"), Value::int(7)]);
        assert_eq!(reserve("tea").expect("there is some"), reserved);
        assert_eq!(
            reserve("milk").expect("it answers"),
            Value::keyword("sold-out")
        );
        assert_eq!(reserve("air").expect_err("no answer").kind(), "bad-answer");
    }

    #[test]
    fn the_host_is_told_how_long_it_may_take() {
        let mut host = host();
        let args = [Value::string("tea"), Value::int(50)];
        host.run(|| testing::call(RTFS_EXPORTS, "reserve", &args))
            .expect("there is some");
        let hints = host.calls()[0].hints.as_map().expect("a map");
        assert_eq!(hints.get_keyword("runtime.timeout"), Some(&Value::int(50)));
    }
}
