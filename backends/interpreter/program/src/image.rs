//! What is embedded.
//!
//! | Bytes | Content |
//! |---|---|
//! | 1 | version of this format: 1 |
//! | 1 | optimisation level, 0 to 2 |
//! | 1 | validation level: 0 basic, 1 standard, 2 strict |
//! | 4 | length of the description, little-endian |
//! | … | the description: the encoded value of `describe` |
//! | … | the program: canonical IR, to the end |

use rtfs_value::types::Level;
use std::fmt;

const VERSION: u8 = 1;
const HEADER: usize = 7;
const LEVELS: [Level; 3] = [Level::Basic, Level::Standard, Level::Strict];

/// A program with everything that running it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'a> {
    /// How much the program is optimised before it runs.
    pub opt_level: u8,
    /// What annotations check.
    pub validation: Level,
    /// The encoded value of `describe`.
    pub description: &'a [u8],
    /// The program's canonical encoding.
    pub ir: &'a [u8],
}

impl<'a> Image<'a> {
    /// The bytes to embed; `None` when the description needs more than 4 GiB.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let length = u32::try_from(self.description.len()).ok()?;
        let level = LEVELS.iter().position(|level| *level == self.validation);
        let level = u8::try_from(level?).ok()?;
        let mut bytes = vec![VERSION, self.opt_level, level];
        bytes.extend(length.to_le_bytes());
        bytes.extend_from_slice(self.description);
        bytes.extend_from_slice(self.ir);
        Some(bytes)
    }

    /// Reads embedded bytes.
    ///
    /// # Errors
    ///
    /// Bytes that [`Image::to_bytes`] did not make.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ImageError> {
        let (header, rest) = bytes.split_at_checked(HEADER).ok_or(ImageError)?;
        let [VERSION, opt_level @ 0..=2, level, length @ ..] = header else {
            return Err(ImageError);
        };
        let length = u32::from_le_bytes(length.try_into().map_err(|_| ImageError)?);
        let (description, ir) = rest.split_at_checked(length as usize).ok_or(ImageError)?;
        Ok(Image {
            opt_level: *opt_level,
            validation: *LEVELS.get(usize::from(*level)).ok_or(ImageError)?,
            description,
            ir,
        })
    }
}

/// The bytes are no image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageError;

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the embedded bytes are no program of this interpreter")
    }
}

impl std::error::Error for ImageError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(ir: &[u8]) -> Image<'_> {
        Image {
            opt_level: 2,
            validation: Level::Strict,
            description: b"about",
            ir,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for ir in [&b""[..], b"program"] {
            let bytes = image(ir).to_bytes().expect("it is short");
            assert_eq!(Image::read(&bytes), Ok(image(ir)));
        }
    }

    #[test]
    fn other_bytes_are_refused() {
        let bytes = image(b"").to_bytes().expect("it is short");
        for end in 0..bytes.len() {
            assert_eq!(Image::read(&bytes[..end]), Err(ImageError), "{end}");
        }
        for (at, byte) in [(0, 2), (1, 3), (2, 3), (3, 6)] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            assert_eq!(Image::read(&changed), Err(ImageError), "{at}");
        }
    }
}
