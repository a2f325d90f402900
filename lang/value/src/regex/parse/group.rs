//! What follows an opening parenthesis.

use alloc::borrow::ToOwned;

use super::{DEEPEST, Flags, Open, Parser, Reason};

impl Parser<'_> {
    /// A group, or flags for the rest of the group around.
    pub(super) fn open_group(&mut self) -> Result<(), Reason> {
        self.step();
        let outside = self.flags;
        for look in ["?=", "?!", "?<=", "?<!"] {
            if self.cursor.accept_text(look) {
                return Err("look-around is not supported");
            }
        }
        if self.cursor.accept_text("?P<") || self.cursor.accept_text("?<") {
            self.group_name()?;
        } else if self.cursor.accept('?') && self.group_flags()? {
            return Ok(());
        }
        if self.around.len() as u32 >= DEEPEST {
            return Err("the pattern is nested too deeply");
        }
        let inner = Open {
            outside,
            ..Open::default()
        };
        let around = core::mem::replace(&mut self.open, inner);
        self.around.push(around);
        Ok(())
    }

    fn group_name(&mut self) -> Result<(), Reason> {
        let Some(name) = self.cursor.take_until(">") else {
            return Err("the name of a group has no closing '>'");
        };
        let mut chars = name.chars();
        let starts = chars.next().is_some_and(|c| c == '_' || c.is_alphabetic());
        if !starts || !chars.all(|c| matches!(c, '_' | '.' | '[' | ']') || c.is_alphanumeric()) {
            return Err("the name of a group is not valid");
        }
        if self.names.iter().any(|known| known == name) {
            return Err("two groups have the same name");
        }
        self.names.push(name.to_owned());
        Ok(())
    }

    /// The flags after `(?`, and whether that was all: `)` and not `:` follows.
    fn group_flags(&mut self) -> Result<bool, Reason> {
        let mut flags = self.flags;
        let mut seen = alloc::string::String::new();
        let mut on = true;
        let mut last = None;
        let end = loop {
            let Some(char) = self.cursor.next() else {
                return Err("flags have no closing ')'");
            };
            match char {
                ':' | ')' => break char,
                '-' if on => on = false,
                '-' => return Err("flags are negated twice"),
                _ if seen.contains(char) => return Err("a flag is given twice"),
                _ => {
                    flags.set(char, on)?;
                    seen.push(char);
                }
            }
            last = Some(char);
        };
        if last == Some('-') {
            return Err("a negation of flags has no flags");
        }
        if last.is_none() && end == ')' {
            return Err("'(?)' has no flags");
        }
        self.flags = flags;
        Ok(end == ')')
    }
}

impl Flags {
    fn set(&mut self, letter: char, on: bool) -> Result<(), Reason> {
        let flag = match letter {
            'i' => &mut self.ignore_case,
            'm' => &mut self.lines,
            's' => &mut self.dot_is_all,
            'U' => &mut self.swap_greed,
            'R' => &mut self.crlf,
            'x' => &mut self.verbose,
            // Whether classes are those of Unicode, which they never are.
            'u' => return Ok(()),
            _ => return Err("a flag is unknown"),
        };
        *flag = on;
        Ok(())
    }
}
