//! Folds names of hosts into few words: `web[001-040]`. What it writes, a selector reads.
//!
//! Never found here: which hosts are named.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The most digits a number may have to be folded; a selector reads no more.
const MOST_DIGITS: usize = 9;

/// Folds names: numbers that follow each other become ranges, `web-1` and `web-2` become `web-[1-2]`. The last number
/// before the first full stop is the one that counts. Names without one come first; all is sorted.
pub fn fold<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let mut families: BTreeMap<Family<'n>, Numbers> = BTreeMap::new();
    let mut folded = Vec::new();
    for name in names {
        match split(name) {
            Some((family, digits)) => families.entry(family).or_default().add(digits),
            None => folded.push(name.to_owned()),
        }
    }
    folded.sort_unstable();
    folded.dedup();
    folded.extend(families.iter().flat_map(|(family, numbers)| numbers.widths().map(|written| family.text(written))));
    folded
}

/// Names that differ in one number only.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Family<'n> {
    before: &'n str,
    after: &'n str,
}

/// The numbers of a family, by how many digits they are written with, and whether zeros are among the leading ones.
#[derive(Default)]
struct Numbers {
    by_digits: BTreeMap<usize, (bool, Vec<u64>)>,
}

/// Numbers that are written in one way: padded with zeros to `width` digits, or as people count where that is 0.
struct Written {
    width: usize,
    ranges: Vec<RangeInclusive<u64>>,
}

impl Numbers {
    fn add(&mut self, digits: &str) {
        let (padded, numbers) = self.by_digits.entry(digits.len()).or_default();
        *padded |= digits.len() > 1 && digits.starts_with('0');
        // `split` lets through what has few enough digits to be a number.
        numbers.extend(digits.parse::<u64>());
    }

    /// Where one number of so many digits is padded, all of them are; the others are as people count.
    fn widths(&self) -> impl Iterator<Item = Written> {
        let mut plain = Vec::new();
        let mut written = Vec::new();
        for (digits, (padded, numbers)) in &self.by_digits {
            match padded {
                true => written.push(Written { width: *digits, ranges: ranges(numbers.clone()) }),
                false => plain.extend_from_slice(numbers),
            }
        }
        if !plain.is_empty() {
            written.insert(0, Written { width: 0, ranges: ranges(plain) });
        }
        written.into_iter()
    }
}

impl Family<'_> {
    fn text(&self, Written { width, ranges }: Written) -> String {
        let (before, after) = (self.before, self.after);
        let number = |number: &u64| format!("{number:0width$}");
        let range = |range: &RangeInclusive<u64>| match range.start() == range.end() {
            true => number(range.start()),
            false => format!("{}-{}", number(range.start()), number(range.end())),
        };
        match &ranges[..] {
            [only] if only.start() == only.end() => format!("{before}{}{after}", number(only.start())),
            _ => format!("{before}[{}]{after}", ranges.iter().map(range).collect::<Vec<_>>().join(",")),
        }
    }
}

/// A name's family and the digits it has there; `None` where no number is to be folded.
fn split(name: &str) -> Option<(Family<'_>, &str)> {
    let short = name.split('.').next().unwrap_or(name);
    let end = short.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = short[..end].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let digits = &short[start..end];
    (digits.len() <= MOST_DIGITS).then_some((Family { before: &name[..start], after: &name[end..] }, digits))
}

fn ranges(mut numbers: Vec<u64>) -> Vec<RangeInclusive<u64>> {
    numbers.sort_unstable();
    numbers.dedup();
    let mut ranges: Vec<RangeInclusive<u64>> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some(last) if *last.end() + 1 == number => *last = *last.start()..=number,
            _ => ranges.push(number..=number),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn check(names: &[&str], folded: &[&str]) {
        assert_eq!(fold(names.iter().copied()), folded);
    }

    #[test]
    fn numbers_that_follow_each_other_become_ranges() {
        check(&["web001", "web003", "web002", "web010"], &["web[001-003,010]"]);
        check(&["web-9", "web-10", "web-11"], &["web-[9-11]"]);
        check(
            &["db-1.sh.example.com", "db-2.sh.example.com", "db-1.bj.example.com"],
            &["db-1.bj.example.com", "db-[1-2].sh.example.com"],
        );
        check(&["web-1", "web-1"], &["web-1"]);
        check(&["gateway", "bastion"], &["bastion", "gateway"]);
        check(&[], &[]);
    }

    #[test]
    fn padded_and_plain_numbers_are_kept_apart() {
        check(&["n7", "n007", "n107", "n8"], &["n[7-8]", "n[007,107]"]);
        check(&["id12345678901234567890"], &["id12345678901234567890"]);
    }

    #[test]
    fn what_is_folded_reads_back_as_the_same_names() {
        let names: BTreeSet<String> = (1..400)
            .filter(|n| n % 7 != 0)
            .map(|n| format!("web{n:03}.a"))
            .chain((1..30).map(|n| format!("db-{n}")))
            .collect();
        let folded = fold(names.iter().map(String::as_str));
        let unfolded: BTreeSet<String> =
            folded.iter().flat_map(|text| jobs::pattern::expand(text, 1_000).expect("a pattern of hosts")).collect();
        assert_eq!(unfolded, names);
        assert_eq!(folded.len(), 2);
    }
}
