//! Seeded draws: the same seed and the same words always give the same number, on any machine and in any version.
//!
//! Never found here: a source of real randomness, or state: a draw depends on its words alone, never on earlier draws.

/// A seed that words are mixed into until a number is drawn from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dice(u64);

impl Dice {
    /// Dice that depend on nothing but this seed.
    pub fn new(seed: u64) -> Dice {
        Dice(stir(seed ^ 0x9e37_79b9_7f4a_7c15))
    }

    /// Dice that depend on this word, too. `with("ab")` and `with("a").with("b")` differ.
    pub fn with(self, word: &str) -> Dice {
        let start = stir(self.0 ^ word.len() as u64);
        Dice(word.bytes().fold(start, |sum, byte| stir(sum ^ u64::from(byte))))
    }

    /// Dice that depend on this number, too.
    pub fn and(self, number: u64) -> Dice {
        Dice(stir(self.0.rotate_left(17) ^ number))
    }

    /// The number itself, spread over the whole of `u64`.
    pub fn number(self) -> u64 {
        stir(self.0)
    }

    /// A number from 0 up to and without `end`; 0 when `end` is 0.
    pub fn below(self, end: u64) -> u64 {
        ((u128::from(self.number()) * u128::from(end)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub fn between(self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }
}

/// The finishing step of the SplitMix64 generator (Steele, Lea and Flood, 2014): every input bit changes about half of
/// the output bits.
fn stir(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_give_the_same_number_and_others_do_not() {
        let draw = |seed, host: &str| Dice::new(seed).with(host).number();
        assert_eq!(draw(7, "web-0001"), draw(7, "web-0001"));
        assert_ne!(draw(7, "web-0001"), draw(8, "web-0001"));
        assert_ne!(draw(7, "web-0001"), draw(7, "web-0002"));
        assert_ne!(Dice::new(7).with("ab").number(), Dice::new(7).with("a").with("b").number());
    }

    #[test]
    fn draws_are_spread_evenly() {
        let mut counts = [0_u32; 10];
        (0..10_000).for_each(|n| counts[Dice::new(1).and(n).below(10) as usize] += 1);
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
    }

    #[test]
    fn ends_are_included_where_they_are_promised() {
        assert_eq!(Dice::new(3).below(0), 0);
        assert_eq!(Dice::new(3).between(5, 5), 5);
        assert!((0..1_000).all(|n| (2..=4).contains(&Dice::new(3).and(n).between(2, 4))));
        assert!((2..=4).all(|wanted| (0..1_000).any(|n| Dice::new(3).and(n).between(2, 4) == wanted)));
    }
}
