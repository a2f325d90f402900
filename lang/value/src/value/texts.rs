//! Values with a text: what it is, and appending to it.

use super::Value;
use crate::tag;
use crate::text::{self, Text};
use core::ptr::NonNull;

impl Value {
    /// The string's text.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!((Value::from("tea").as_str(), Value::keyword("tea").as_str()), (Some("tea"), None));
    /// ```
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        self.text_of(tag::STRING)
    }

    /// The keyword's name, without colon.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!((Value::keyword("tea").as_keyword(), Value::from("tea").as_keyword()), (Some("tea"), None));
    /// ```
    #[inline]
    pub fn as_keyword(&self) -> Option<&str> {
        self.text_of(tag::KEYWORD)
    }

    /// The symbol's name.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(Value::symbol("x").as_symbol(), Some("x"));
    /// ```
    #[inline]
    pub fn as_symbol(&self) -> Option<&str> {
        self.text_of(tag::SYMBOL)
    }

    /// The timestamp's text.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// let text = "2026-01-01T00:00:00Z";
    /// assert_eq!(Value::timestamp(text).as_timestamp(), Some(text));
    /// ```
    pub fn as_timestamp(&self) -> Option<&str> {
        self.text_of(tag::TIMESTAMP)
    }

    /// The uuid's text.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// let text = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
    /// assert_eq!(Value::uuid(text).as_uuid(), Some(text));
    /// ```
    pub fn as_uuid(&self) -> Option<&str> {
        self.text_of(tag::UUID)
    }

    /// The resource handle's text.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(Value::resource("resource://lamp").as_resource(), Some("resource://lamp"));
    /// ```
    pub fn as_resource(&self) -> Option<&str> {
        self.text_of(tag::RESOURCE)
    }

    /// The raw bytes of a [`Value::bytes`] value.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        // SAFETY: the object is live as long as `self` and texts change only through `&mut`.
        (self.tag == tag::BYTES).then(|| unsafe { text::bytes(self.object().cast()) })
    }

    /// The text of any kind that has one: string, keyword, symbol, timestamp, uuid, resource.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(Value::keyword("tea").as_text(), Some("tea"));
    /// assert_eq!(Value::int(1).as_text(), None);
    /// ```
    #[inline]
    pub fn as_text(&self) -> Option<&str> {
        // SAFETY: the object is live as long as `self` and texts change only through `&mut`.
        (tag::STRING <= self.tag && self.tag <= tag::RESOURCE)
            .then(|| unsafe { text::as_str(self.object().cast()) })
    }

    #[inline]
    fn text_of(&self, tag: u32) -> Option<&str> {
        // SAFETY: as in `as_text`.
        (self.tag == tag).then(|| unsafe { text::as_str(self.object().cast()) })
    }

    /// The number of characters of any kind that has a text.
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// assert_eq!(Value::from("thé").char_count(), Some(3));
    /// ```
    #[inline]
    pub fn char_count(&self) -> Option<usize> {
        // SAFETY: the tag says that the object is a live text.
        (tag::STRING <= self.tag && self.tag <= tag::RESOURCE)
            .then(|| unsafe { (*self.object().cast::<Text>()).chars as usize })
    }

    /// Appends to a string, in place when nobody shares it. Other kinds are left alone (false).
    ///
    /// ```
    /// # use rtfs_value::Value;
    /// let mut text = Value::from("tea");
    /// assert!(text.push_str("pot"));
    /// assert_eq!(text.as_str(), Some("teapot"));
    /// ```
    pub fn push_str(&mut self, more: &str) -> bool {
        self.push_counted(more, text::count_chars(more) as usize)
    }

    /// [`Value::push_str`] of a text whose characters were counted.
    pub(crate) fn push_counted(&mut self, more: &str, chars: usize) -> bool {
        if self.tag != tag::STRING {
            return false;
        }
        if !self.is_unshared() {
            self.copy_to_append(more.len());
        }
        // SAFETY: heap values are not null; unshared, so `more` cannot be part of it (it would
        // be borrowed from `self`).
        unsafe {
            let mut text: NonNull<Text> = NonNull::new_unchecked(self.object().cast());
            text::append_bytes(&mut text, more.as_bytes(), chars as u32);
            self.bits = text.as_ptr().expose_provenance() as u64;
        }
        true
    }

    /// Appends to a string that nobody shares and that has room for it; else nothing happens (false).
    #[inline]
    pub(crate) fn push_in_room(&mut self, more: &str, chars: usize) -> bool {
        if self.tag != tag::STRING || !self.is_unshared() {
            return false;
        }
        // SAFETY: heap values are not null; unshared, so `more` cannot be part of it.
        unsafe {
            let text: NonNull<Text> = NonNull::new_unchecked(self.object().cast());
            text::append_in_room(text, more.as_bytes(), chars as u32)
        }
    }

    /// Makes a shared string an own one, with room for so many more bytes and as many again.
    #[cfg_attr(not(feature = "opaque"), inline(never))]
    fn copy_to_append(&mut self, more: usize) {
        let old = self.as_str().unwrap_or_default();
        let room = old.len().saturating_add(more).saturating_mul(2);
        let mut copy = Self::string_with_capacity(room);
        copy.push_counted(old, self.char_count().unwrap_or_default());
        *self = copy;
    }
}
