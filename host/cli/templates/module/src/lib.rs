//! An RTFS module: functions that programs and the `rtfs` command call.

use rtfs_guest::{Error, FromValue, Value, call_capability, module};

module! {
    /// How many words a text has.
    "words" => words(text: String) -> i64;
    /// What an order costs, in cents.
    "total" => total(lines: Vec<Line>) -> Result<i64, Error>;
    /// The price of an item, as the host's capability `shop.price` knows it.
    "price" => price(item: String) -> Result<Value, Error>;
}

/// A line of an order: `{:item "tea" :cents 250 :quantity 2}`.
#[derive(FromValue)]
struct Line {
    item: String,
    cents: i64,
    quantity: Option<i64>, // may be absent
}

fn words(text: String) -> i64 {
    i64::try_from(text.split_whitespace().count()).unwrap_or(i64::MAX)
}

fn total(lines: Vec<Line>) -> Result<i64, Error> {
    let mut total: i64 = 0;
    for line in lines {
        let cost = line.cents.checked_mul(line.quantity.unwrap_or(1));
        total = cost
            .and_then(|cost| total.checked_add(cost))
            .ok_or_else(|| Error::raised("too-expensive", &format!("nobody can pay {}", line.item)))?;
    }
    Ok(total)
}

fn price(item: String) -> Result<Value, Error> {
    call_capability("shop.price", &[Value::string(&item)])
}

#[cfg(test)]
mod tests {
    use super::RTFS_EXPORTS;
    use rtfs_guest::testing::{self, MockHost};
    use rtfs_guest::{Map, Value};

    #[test]
    fn words_are_counted() {
        let answer = testing::call(RTFS_EXPORTS, "words", &[Value::string("to be or not")]);
        assert_eq!(answer.expect("it is a text"), Value::int(4));
        let error = testing::call(RTFS_EXPORTS, "words", &[Value::int(4)]);
        assert_eq!(error.expect_err("it is no text").class(), "TypeValidationError");
    }

    #[test]
    fn totals_multiply() {
        let mut line = Map::new();
        for (key, value) in [
            ("item", Value::string("tea")),
            ("cents", Value::int(250)),
            ("quantity", Value::int(2)),
        ] {
            line.assoc(Value::keyword(key), value).expect("a keyword is a key");
        }
        let lines = Value::vector([line.into_value()]);
        let answer = testing::call(RTFS_EXPORTS, "total", &[lines]);
        assert_eq!(answer.expect("it is an order"), Value::int(500));
    }

    #[test]
    fn the_host_is_asked_for_prices() {
        let mut host = MockHost::new().capability("shop.price", |_| Ok(Value::int(250)));
        let answer =
            host.run(|| testing::call(RTFS_EXPORTS, "price", &[Value::string("tea")]));
        assert_eq!(answer.expect("the host answers"), Value::int(250));
        assert_eq!(host.calls()[0].capability_id, "shop.price");
    }
}
