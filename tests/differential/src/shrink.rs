//! Smaller programs that fail alike.

use std::time::{Duration, Instant};

use rtfs_syntax::{Form, FormKind};

/// Replaces and removes forms as long as `fails` holds and there is time.
pub(crate) fn shrink(text: &str, time: Duration, fails: &mut dyn FnMut(&str) -> bool) -> String {
    let start = Instant::now();
    let mut best = text.to_owned();
    loop {
        let mut improved = false;
        let mut index = 0;
        // Forms are numbered from the outside in, so large pieces go first.
        while let Some(candidates) = candidates(&best, index) {
            let smaller = candidates
                .into_iter()
                .filter(|candidate| candidate.len() < best.len())
                .find(|candidate| start.elapsed() < time && fails(candidate));
            match smaller {
                Some(candidate) => {
                    best = candidate;
                    improved = true;
                }
                None => index += 1,
            }
            if start.elapsed() >= time {
                return best;
            }
        }
        if !improved {
            return best;
        }
    }
}

/// The texts that come of changing the form of this number; `None` behind the last.
fn candidates(text: &str, index: usize) -> Option<Vec<String>> {
    let forms = rtfs_syntax::read(text).forms;
    let mut level: Vec<&Form> = forms.iter().collect();
    let mut skipped = 0;
    // Breadth first.
    let form = loop {
        if level.is_empty() {
            return None;
        }
        if let Some(form) = level.get(index - skipped) {
            break *form;
        }
        skipped += level.len();
        level = level.into_iter().flat_map(children).collect();
    };
    let (from, to) = (form.span.start as usize, form.span.end as usize);
    let with = |new: &str| format!("{}{new}{}", &text[..from], &text[to..]);
    let mut texts = vec![with("")];
    let parts = children(form);
    for part in &parts {
        texts.push(with(
            &text[part.span.start as usize..part.span.end as usize],
        ));
    }
    for simple in ["nil", "1", "\"\"", "[]"] {
        texts.push(with(simple));
    }
    // Neighbours together, such as a name and its value.
    for pair in parts.windows(2) {
        let (from, to) = (pair[0].span.start as usize, pair[1].span.end as usize);
        texts.push(format!("{}{}", &text[..from], &text[to..]));
    }
    Some(texts)
}

fn children(form: &Form) -> Vec<&Form> {
    match &form.kind {
        FormKind::List(items) | FormKind::Vector(items) => items.iter().collect(),
        FormKind::Map(entries) => entries
            .iter()
            .flat_map(|(key, value)| [key, value])
            .collect(),
        FormKind::Meta { meta, form, .. } => vec![meta, form],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_cut() {
        let text = "(defn f [x] (+ x 1)) (let [a 1 b (f 2)] [a (nth [b (quot 1 0)] 0) {:k b}])";
        let mut fails =
            |text: &str| text.contains("quot") && rtfs_syntax::read(text).diagnostics.is_empty();
        let small = shrink(text, Duration::from_secs(20), &mut fails);
        assert_eq!(small.trim(), "quot");
    }
}
