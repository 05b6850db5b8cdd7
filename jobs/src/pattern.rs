//! Globs over names and values, with number ranges: `web-*`, `db?`, `web[001-040]`, `web-{a,b}`.
//!
//! Never found here: regular expressions, backtracking, or what the text that is matched means.

/// The most texts one pattern with braces or one range may stand for.
const MOST_ALTERNATIVES: usize = 1_000;

/// The most digits a number in a name may have.
const MOST_DIGITS: usize = 10;

/// A glob, read once and cheap to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Any text, the empty one too.
    Any,
    /// This text.
    Exact(Box<str>),
    /// Any text that begins so.
    Prefix(Box<str>),
    /// Any text one of these sequences goes through from end to end.
    Glob(Vec<Vec<Piece>>),
}

/// One part of a glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any characters, or none.
    Many,
    /// One character in (or, if `not`, outside) these ranges.
    Class {
        /// Whether the ranges are those left out.
        not: bool,
        /// First and last character of each range.
        ranges: Vec<(char, char)>,
    },
    /// A number in one of these ranges.
    Number(Vec<NumberRange>),
}

/// Whole numbers from `first` to `last`, as the digits of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberRange {
    first: u32,
    last: u32,
    /// Digits each number is padded to with zeros; `None` for numbers as people count.
    width: Option<usize>,
}

/// What is wrong with a pattern, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PatternError {
    /// The problem, as a sentence without a full stop.
    pub message: String,
    /// The next step.
    pub hint: String,
}

impl PatternError {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> PatternError {
        PatternError { message: message.into(), hint: hint.into() }
    }
}

impl Pattern {
    /// Reads a glob.
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        if text == "*" {
            return Ok(Pattern::Any);
        }
        if !is_glob(text) {
            return Ok(Pattern::Exact(text.into()));
        }
        if let Some(prefix) = text.strip_suffix('*').filter(|prefix| !is_glob(prefix)) {
            return Ok(Pattern::Prefix(prefix.into()));
        }
        braces(text)?.iter().map(|text| pieces(text)).collect::<Result<_, _>>().map(Pattern::Glob)
    }

    /// Whether the whole of `text` is what the pattern stands for.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Exact(exact) => **exact == *text,
            Pattern::Prefix(prefix) => text.starts_with(&**prefix),
            Pattern::Glob(sequences) => sequences.iter().any(|pieces| goes_through(pieces, text)),
        }
    }
}

/// Whether `text` holds a character that means something in a glob.
pub fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// All texts a pattern of ranges and braces stands for: `web-[001-040]` is forty names.
///
/// Refuses `*`, `?` and more than `most` texts, because nothing says where those would end.
pub fn expand(text: &str, most: usize) -> Result<Vec<String>, PatternError> {
    let mut all = Vec::new();
    for text in braces(text)? {
        let mut grown = vec![String::new()];
        for piece in pieces(&text)? {
            let endings = endings(&piece, most)?;
            if grown.len().saturating_mul(endings.len()) > most {
                return Err(too_many(most));
            }
            grown = grown.iter().flat_map(|start| endings.iter().map(move |end| format!("{start}{end}"))).collect();
        }
        all.extend(grown);
        if all.len() > most {
            return Err(too_many(most));
        }
    }
    Ok(all)
}

fn too_many(most: usize) -> PatternError {
    PatternError::new(format!("this stands for more than {most} names"), "write smaller ranges")
}

/// What one piece may be written as.
fn endings(piece: &Piece, most: usize) -> Result<Vec<String>, PatternError> {
    match piece {
        Piece::Char(letter) => Ok(vec![letter.to_string()]),
        Piece::Number(ranges) => {
            let count: u64 = ranges.iter().map(|range| u64::from(range.last - range.first) + 1).sum();
            if count > most as u64 {
                return Err(too_many(most));
            }
            Ok(ranges.iter().flat_map(NumberRange::texts).collect())
        }
        Piece::Class { not: false, ranges } => {
            let letters: Vec<String> =
                ranges.iter().flat_map(|(first, last)| *first..=*last).take(most + 1).map(String::from).collect();
            if letters.len() > most { Err(too_many(most)) } else { Ok(letters) }
        }
        Piece::One | Piece::Many | Piece::Class { not: true, .. } => {
            Err(PatternError::new("`*`, `?` and `[!…]` do not say which names", "write a range such as [001-040]"))
        }
    }
}

impl NumberRange {
    fn texts(&self) -> impl Iterator<Item = String> + use<> {
        let width = self.width.unwrap_or(0);
        (self.first..=self.last).map(move |number| format!("{number:0width$}"))
    }

    /// Whether `digits`, all ASCII digits, is one of the numbers as it would be written.
    fn holds(&self, digits: &str) -> bool {
        let as_written = match self.width {
            Some(width) => digits.len() == width,
            None => digits.len() == 1 || !digits.starts_with('0'),
        };
        as_written && digits.parse::<u32>().is_ok_and(|number| (self.first..=self.last).contains(&number))
    }
}

/// Steps through the text with the set of places a match may have reached, so that no pattern is slow.
fn goes_through(pieces: &[Piece], text: &str) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for piece in pieces {
        reached = step(piece, text, &reached);
        if !reached.contains(&true) {
            return false;
        }
    }
    reached[text.len()]
}

/// The places reached after `piece`, from the places reached before it.
fn step(piece: &Piece, text: &str, before: &[bool]) -> Vec<bool> {
    let mut after = vec![false; before.len()];
    if *piece == Piece::Many {
        let first = before.iter().position(|reached| *reached).unwrap_or(before.len());
        after[first..].fill(true);
        return after;
    }
    for (at, _) in before.iter().enumerate().filter(|(_, reached)| **reached) {
        // A place inside a character may be reached through `*`; nothing starts there.
        let Some(rest) = text.get(at..) else { continue };
        match piece {
            Piece::Number(ranges) => {
                for digits in leading_numbers(rest) {
                    after[at + digits.len()] |= ranges.iter().any(|range| range.holds(digits));
                }
            }
            single => {
                if let Some(letter) = rest.chars().next().filter(|letter| is_one(single, *letter)) {
                    after[at + letter.len_utf8()] = true;
                }
            }
        }
    }
    after
}

fn is_one(piece: &Piece, letter: char) -> bool {
    match piece {
        Piece::Char(wanted) => *wanted == letter,
        Piece::One => true,
        Piece::Class { not, ranges } => ranges.iter().any(|(first, last)| (*first..=*last).contains(&letter)) != *not,
        Piece::Many | Piece::Number(_) => false,
    }
}

/// Every run of digits `text` begins with, shortest first; no longer than a number may have.
fn leading_numbers(text: &str) -> impl Iterator<Item = &str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).take(MOST_DIGITS).count();
    (1..=digits).map(move |length| &text[..length])
}

/// `a{b,c}d` as `abd`, `acd`.
fn braces(text: &str) -> Result<Vec<String>, PatternError> {
    let mut grown = vec![String::new()];
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let inside = &rest[open + 1..];
        let close = inside
            .find(['{', '}'])
            .filter(|at| inside[*at..].starts_with('}'))
            .ok_or_else(|| PatternError::new("`{` has no `}`, or holds another `{`", "write web-{a,b}"))?;
        let choices: Vec<&str> = inside[..close].split(',').map(str::trim).collect();
        if grown.len() * choices.len() > MOST_ALTERNATIVES {
            return Err(too_many(MOST_ALTERNATIVES));
        }
        let before = &rest[..open];
        grown = grown
            .iter()
            .flat_map(|start| choices.iter().map(move |choice| format!("{start}{before}{choice}")))
            .collect();
        rest = &inside[close + 1..];
    }
    grown.iter_mut().for_each(|text| text.push_str(rest));
    Ok(grown)
}

/// The pieces of a glob without braces.
fn pieces(text: &str) -> Result<Vec<Piece>, PatternError> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        match letter {
            '*' if found.last() == Some(&Piece::Many) => {}
            '*' => found.push(Piece::Many),
            '?' => found.push(Piece::One),
            '[' => {
                let close = rest.find(']').filter(|close| *close > 0).ok_or_else(|| {
                    PatternError::new("`[` has no `]`, or nothing in it", "write web[001-040] or web[abc]")
                })?;
                found.push(bracket(&rest[..close])?);
                rest = &rest[close + 1..];
            }
            other => found.push(Piece::Char(other)),
        }
    }
    Ok(found)
}

/// What stands between `[` and `]`: numbers and ranges of them, or characters.
fn bracket(inside: &str) -> Result<Piece, PatternError> {
    let parts: Vec<&str> = inside.split(',').map(str::trim).collect();
    // `[12]` is 1 or 2, as in every shell; numbers show by a range or a list.
    if parts.iter().all(|part| looks_numeric(part)) && inside.contains(['-', ':', ',']) {
        return parts.into_iter().map(number_range).collect::<Result<_, _>>().map(Piece::Number);
    }
    let (not, letters) = match inside.strip_prefix(['!', '^']) {
        Some(letters) if !letters.is_empty() => (true, letters),
        _ => (false, inside),
    };
    Ok(Piece::Class { not, ranges: classes(letters)? })
}

fn looks_numeric(part: &str) -> bool {
    part.starts_with(|c: char| c.is_ascii_digit()) && part.chars().all(|c| c.is_ascii_digit() || c == '-' || c == ':')
}

/// `001-040`, Ansible's `001:040`, or one number.
fn number_range(text: &str) -> Result<NumberRange, PatternError> {
    let (first, last) = text.split_once(['-', ':']).unwrap_or((text, text));
    let number = |digits: &str| {
        digits
            .parse::<u32>()
            .ok()
            .filter(|_| digits.len() <= MOST_DIGITS)
            .ok_or_else(|| PatternError::new(format!("[{text}] is not a range of numbers"), "write web[001-040]"))
    };
    let padded = first.starts_with('0') && first.len() > 1;
    if padded && first.len() != last.len() {
        let width = first.len().max(last.len());
        let hint = format!("write [{first:0>width$}-{last:0>width$}]");
        return Err(PatternError::new(format!("the two ends of [{text}] have different numbers of digits"), hint));
    }
    let range = NumberRange { first: number(first)?, last: number(last)?, width: padded.then_some(first.len()) };
    if range.first > range.last {
        return Err(PatternError::new(format!("[{text}] runs backwards"), format!("write [{last}-{first}]")));
    }
    Ok(range)
}

fn classes(letters: &str) -> Result<Vec<(char, char)>, PatternError> {
    let letters: Vec<char> = letters.chars().filter(|letter| *letter != ',').collect();
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let is_range = matches!(letters.get(at + 1), Some('-' | ':')) && at + 2 < letters.len();
        let last = if is_range { letters[at + 2] } else { letters[at] };
        if letters[at] > last {
            let hint = format!("write [{last}-{}]", letters[at]);
            return Err(PatternError::new(format!("[{}-{last}] runs backwards", letters[at]), hint));
        }
        ranges.push((letters[at], last));
        at += if is_range { 3 } else { 1 };
    }
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, matching: &[&str], other: &[&str]) {
        let read = Pattern::parse(pattern).expect(pattern);
        for text in matching {
            assert!(read.matches(text), "{pattern} should match {text}");
        }
        for text in other {
            assert!(!read.matches(text), "{pattern} should not match {text}");
        }
    }

    #[test]
    fn globs_match_whole_texts() {
        check("*", &["", "web-1"], &[]);
        check("web-*", &["web-", "web-1"], &["web", "a-web-1"]);
        check("*-1", &["web-1", "-1"], &["web-11"]);
        check("w?b", &["web", "w中b"], &["wb", "weeb"]);
        check("web-{a,b}-*", &["web-a-1", "web-b-"], &["web-c-1"]);
        check("web-[abc]", &["web-a"], &["web-d", "web-ab"]);
        check("web-[12]", &["web-1", "web-2"], &["web-12"]);
        check("web-[!a-c]", &["web-d"], &["web-a"]);
        check("[*]", &["*"], &["x"]);
        check("*a*a*a*a*a*b", &["aaaaab"], &[&"a".repeat(200)]);
    }

    #[test]
    fn number_ranges_keep_their_digits() {
        check("web[001-040]", &["web001", "web040"], &["web041", "web1", "web0001", "web000"]);
        check("web[1-40]", &["web1", "web40"], &["web01", "web41", "web0"]);
        check("web[8-12]x", &["web8x", "web12x"], &["web7x", "web13x", "web120x"]);
        check("web[001:040]", &["web007"], &["web041"]);
        check("web[1,3-4,9]", &["web1", "web3", "web9"], &["web2", "web5"]);
        check("r[1-2]n[1-16]", &["r1n16", "r2n1"], &["r3n1", "r1n17"]);
    }

    #[test]
    fn ranges_expand_to_names_in_order() {
        assert_eq!(expand("web-[008-011]", 100).expect("a range"), ["web-008", "web-009", "web-010", "web-011"]);
        assert_eq!(expand("{db,web}[1-2]", 100).expect("braces"), ["db1", "db2", "web1", "web2"]);
        assert_eq!(expand("web-1", 100).expect("a name"), ["web-1"]);
        for (text, most) in [("web-*", 100), ("web[1-101]", 100), ("[1-100][1-100]", 9_999), ("[0-4294967295]", 100)] {
            assert!(expand(text, most).is_err(), "{text} was expanded");
        }
    }

    #[test]
    fn broken_patterns_say_what_to_write() {
        for (text, hint) in [
            ("web[", "write web[001-040] or web[abc]"),
            ("web[]", "write web[001-040] or web[abc]"),
            ("web[040-001]", "write [001-040]"),
            ("web[08-100]", "write [008-100]"),
            ("web[z-a]", "write [a-z]"),
            ("web{a", "write web-{a,b}"),
            ("web{a{b}}", "write web-{a,b}"),
        ] {
            assert_eq!(Pattern::parse(text).expect_err(text).hint, hint, "for {text}");
        }
    }
}
