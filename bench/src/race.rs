//! Running contenders in turns.

use std::time::Duration;

use crate::Failure;

/// What a contender answers, and how long it took.
pub struct Sample {
    /// Time of the call alone.
    pub time: Duration,
    /// The answer as text.
    pub answer: String,
}

/// Something that does one program's work again and again.
pub trait Contender {
    /// Does it once.
    ///
    /// # Errors
    /// When it does not answer.
    fn run(&mut self) -> Result<Sample, Failure>;

    /// In how many of the rounds it takes part: the slow ones need fewer to be measured well.
    fn rounds(&self, of: usize) -> usize {
        of
    }
}

/// A contender with the name of its column.
pub struct Entrant {
    /// The column.
    pub name: &'static str,
    /// Who runs.
    pub contender: Box<dyn Contender>,
}

/// The least time of each entrant, in order.
#[derive(Debug, Default)]
pub struct Times {
    entries: Vec<(&'static str, Duration)>,
}

impl Times {
    /// An entrant's time, if it took part.
    pub fn of(&self, name: &str) -> Option<Duration> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.0 == name).map(|entry| entry.1)
    }

    /// How many times as long `name` took as `other`.
    pub fn ratio(&self, name: &str, other: &str) -> Option<f64> {
        Some(self.of(name)?.as_secs_f64() / self.of(other)?.as_secs_f64())
    }

    /// Names and times in the order in which they ran.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        self.entries.iter().copied()
    }
}

/// Lets every entrant run once a round, in turns. The least time of each counts: what else the
/// machine does can only add to it.
///
/// # Errors
/// When one does not answer, or answers something else than `answer`.
pub fn race(entrants: &mut [Entrant], rounds: usize, answer: &str) -> Result<Times, Failure> {
    let mut least = vec![Duration::MAX; entrants.len()];
    for round in 0..rounds {
        for (entrant, least) in entrants.iter_mut().zip(&mut least) {
            if round >= entrant.contender.rounds(rounds) {
                continue;
            }
            let name = entrant.name;
            let sample = entrant.contender.run();
            let sample = sample.map_err(|error| format!("{name}: {error}"))?;
            if sample.answer != answer {
                let wrong = sample.answer;
                return Err(format!("{name} answers {wrong}, not {answer}").into());
            }
            *least = sample.time.min(*least);
        }
    }
    let names = entrants.iter().map(|entrant| entrant.name);
    Ok(Times {
        entries: names.zip(least).collect(),
    })
}
