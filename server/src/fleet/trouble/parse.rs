//! Reads trouble texts.
//!
//! Never found here: which hosts of a fleet a clause hits.

use super::{Failure, Ill, InvalidTrouble, Label, Many, Trouble, Who};
use jobs::units::BasisPoints;

/// Longest text that is read, in bytes: a list of names for a large fleet fits, a mistaken file does not.
const MAX_TEXT: usize = 256 * 1024;
const PREDICATES: &[&str] =
    &["fails", "fail", "hangs", "hang", "crashes", "crash", "never", "is", "are", "has", "have"];

/// The clauses of a text, in order. An empty text has none.
pub(super) fn troubles(text: &str) -> Result<Vec<Trouble>, InvalidTrouble> {
    let mut reader = Reader::new(text)?;
    let mut found = Vec::new();
    loop {
        while reader.take_separator() {}
        if reader.at_end() {
            return Ok(found);
        }
        found.push(clause(&mut reader)?);
        if !reader.at_end() && !reader.take_separator() {
            return Err(reader.expected("a comma, a semicolon or the end", &[]));
        }
    }
}

fn clause(reader: &mut Reader) -> Result<Trouble, InvalidTrouble> {
    if reader.starts_who() {
        let who = who(reader, Position::Subject)?;
        return Ok(Trouble { ill: ill_of_hosts(reader)?, who });
    }
    let step = reader.step()?;
    let mut ill = ill_of_step(reader, step)?;
    reader.one_of(&["on"])?;
    let who = who(reader, Position::Object)?;
    if let Ill::Fails(failure) = &mut ill {
        modifiers(reader, failure)?;
    }
    Ok(Trouble { ill, who })
}

/// Whether hosts stand before or after what is wrong with them.
#[derive(Clone, Copy, PartialEq)]
enum Position {
    Subject,
    Object,
}

/// After a step's name.
fn ill_of_step(reader: &mut Reader, step: String) -> Result<Ill, InvalidTrouble> {
    match reader.one_of(&["fails", "hangs", "crashes", "is"])? {
        "fails" => {
            let mut failure = Failure::always(step);
            modifiers(reader, &mut failure)?;
            Ok(Ill::Fails(failure))
        }
        "hangs" => Ok(Ill::Hangs(step)),
        "crashes" => Ok(Ill::Crashes(step)),
        _ => reader.one_of(&["slow"]).map(|_| Ill::Slow(Some(step))),
    }
}

/// After the hosts.
fn ill_of_hosts(reader: &mut Reader) -> Result<Ill, InvalidTrouble> {
    match reader.one_of(PREDICATES)? {
        "fails" | "fail" => {
            let mut failure = Failure::always(reader.step()?);
            modifiers(reader, &mut failure)?;
            Ok(Ill::Fails(failure))
        }
        "hangs" | "hang" => step_after(reader, &["in", "during"]).map(Ill::Hangs),
        "crashes" | "crash" => step_after(reader, &["in", "during"]).map(Ill::Crashes),
        "never" => never_back(reader),
        "has" | "have" => possession(reader),
        _ => condition(reader),
    }
}

fn step_after(reader: &mut Reader, words: &'static [&'static str]) -> Result<String, InvalidTrouble> {
    reader.one_of(words)?;
    reader.step()
}

fn never_back(reader: &mut Reader) -> Result<Ill, InvalidTrouble> {
    reader.one_of(&["comes", "come"])?;
    reader.one_of(&["back"])?;
    if reader.take(&["from"]) {
        reader.take(&["a", "the"]);
        reader.one_of(&["reboot"])?;
    }
    Ok(Ill::NeverBack)
}

fn possession(reader: &mut Reader) -> Result<Ill, InvalidTrouble> {
    reader.take(&["a", "the"]);
    let ill = match reader.one_of(&["full", "wrong"])? {
        "full" => reader.one_of(&["disk", "disks"]).map(|_| Ill::FullDisk)?,
        _ => {
            reader.take(&["host"]);
            reader.one_of(&["key", "keys"]).map(|_| Ill::WrongKey)?
        }
    };
    Ok(ill)
}

fn condition(reader: &mut Reader) -> Result<Ill, InvalidTrouble> {
    let already = reader.take(&["already"]);
    if already {
        return reader.one_of(&["patched"]).map(|_| Ill::Patched);
    }
    match reader.one_of(&["flaky", "slow", "unreachable", "down", "patched"])? {
        "flaky" => Ok(Ill::Flaky),
        "slow" if reader.take(&["in", "during"]) => reader.step().map(|step| Ill::Slow(Some(step))),
        "slow" => Ok(Ill::Slow(None)),
        "patched" => {
            reader.take(&["already"]);
            Ok(Ill::Patched)
        }
        _ => Ok(Ill::Unreachable),
    }
}

/// `once`, `with exit 100`, `with 'text'`, in any order, any number of them.
fn modifiers(reader: &mut Reader, failure: &mut Failure) -> Result<(), InvalidTrouble> {
    loop {
        if let Some(times) = reader.take_times()? {
            failure.times = Some(times);
        } else if !reader.take(&["with"]) {
            return Ok(());
        } else if let Some(line) = reader.take_quoted() {
            failure.line = Some(line);
        } else {
            reader.one_of(&["exit"]).map_err(|problem| InvalidTrouble {
                message: "expected 'exit N' or a text in quotes".into(),
                ..problem
            })?;
            failure.exit = reader.exit_code()?;
        }
    }
}

impl Failure {
    fn always(step: String) -> Failure {
        Failure { step, times: None, exit: 1, line: None }
    }
}

fn who(reader: &mut Reader, position: Position) -> Result<Who, InvalidTrouble> {
    if reader.take(&["all", "every"]) {
        reader.one_of(&["hosts", "host"])?;
        return Ok(Who::All);
    }
    if let Some(label) = reader.take_label() {
        return Ok(Who::Labelled(label));
    }
    if let Some(many) = reader.take_many()? {
        let of = reader.take(&["of"]);
        let label = if of { reader.take_label() } else { None };
        if of && label.is_none() {
            reader.take(&["all", "the"]);
            reader.one_of(&["hosts", "fleet"])?;
        }
        return Ok(Who::Some(many, label));
    }
    reader.take(&["hosts", "host"]);
    reader.names(position).map(Who::Names)
}

/// A word, a text in quotes or a separator, with its place in characters.
#[derive(Clone, Debug, PartialEq)]
struct Token {
    offset: usize,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Word(String),
    Quoted(String),
    Comma,
    Semicolon,
}

/// Walks over the tokens of a text.
struct Reader {
    text: String,
    tokens: Vec<Token>,
    next: usize,
}

impl Reader {
    fn new(text: &str) -> Result<Reader, InvalidTrouble> {
        if text.len() > MAX_TEXT {
            let message = format!("{} bytes are more than the {MAX_TEXT} that are read", text.len());
            let shown = text.chars().take(40).collect();
            return Err(InvalidTrouble {
                text: shown,
                offset: 0,
                message,
                hint: "use shares instead of long lists of names".into(),
            });
        }
        Ok(Reader { text: text.to_owned(), tokens: tokens(text)?, next: 0 })
    }

    fn at_end(&self) -> bool {
        self.next == self.tokens.len()
    }

    fn peek(&self, ahead: usize) -> Option<&Kind> {
        self.tokens.get(self.next + ahead).map(|token| &token.kind)
    }

    fn word(&self, ahead: usize) -> Option<&str> {
        match self.peek(ahead) {
            Some(Kind::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn sees(&self, words: &[&str]) -> bool {
        self.word(0).is_some_and(|word| words.contains(&word))
    }

    fn take(&mut self, words: &[&str]) -> bool {
        let seen = self.sees(words);
        self.next += usize::from(seen);
        seen
    }

    fn take_separator(&mut self) -> bool {
        let seen = matches!(self.peek(0), Some(Kind::Comma | Kind::Semicolon));
        self.next += usize::from(seen);
        seen
    }

    fn take_quoted(&mut self) -> Option<String> {
        let Some(Kind::Quoted(line)) = self.peek(0) else { return None };
        let line = line.clone();
        self.next += 1;
        Some(line)
    }

    /// The word that comes next, which must be one of these.
    fn one_of(&mut self, words: &'static [&'static str]) -> Result<&'static str, InvalidTrouble> {
        let found = words.iter().copied().find(|word| self.word(0) == Some(*word));
        let Some(found) = found else { return Err(self.expected(&listed(words), words)) };
        self.next += 1;
        Ok(found)
    }

    fn step(&mut self) -> Result<String, InvalidTrouble> {
        let Some(step) = self.word(0).filter(|word| is_step(word)).map(str::to_owned) else {
            return Err(self.expected("a step, such as install, or hosts, such as \"2%\" or \"3 hosts\"", &[]));
        };
        self.next += 1;
        Ok(step)
    }

    fn starts_who(&self) -> bool {
        let word = self.word(0).unwrap_or_default();
        let starts_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
        starts_with_digit
            || ["all", "every", "hosts", "host"].contains(&word)
            || word.contains('=')
            || is_host_name(word)
    }

    fn take_label(&mut self) -> Option<Label> {
        let (name, value) = self.word(0)?.split_once('=')?;
        let label = Label { name: name.to_owned(), value: value.to_owned() };
        self.next += 1;
        Some(label)
    }

    fn take_many(&mut self) -> Result<Option<Many>, InvalidTrouble> {
        let Some(word) = self.word(0).filter(|word| word.starts_with(|c: char| c.is_ascii_digit())) else {
            return Ok(None);
        };
        if word.ends_with('%') {
            let share: BasisPoints =
                word.parse().map_err(|problem| self.wrong(format!("{problem}"), "for example 2% or 0.5%"))?;
            self.next += 1;
            self.take(&["hosts"]);
            return Ok(Some(Many::Share(share)));
        }
        let count = word
            .parse()
            .map_err(|_| self.wrong(format!("{word:?} is no number of hosts"), "for example 3 hosts, or 2%"))?;
        self.next += 1;
        self.one_of(&["hosts", "host"])?;
        Ok(Some(Many::Count(count)))
    }

    /// Names with commas or "and" between them. A comma ends the list where what follows is a clause of its own.
    fn names(&mut self, position: Position) -> Result<Vec<String>, InvalidTrouble> {
        let mut names = vec![self.name()?];
        while self.goes_on_with_a_name(position) {
            self.next += 1;
            names.push(self.name()?);
        }
        Ok(names)
    }

    fn goes_on_with_a_name(&self, position: Position) -> bool {
        if self.word(0) == Some("and") {
            return true;
        }
        let name_follows = self.peek(0) == Some(&Kind::Comma) && self.word(1).is_some_and(is_host_name);
        let clause_follows = self.word(2).is_some_and(|word| PREDICATES.contains(&word));
        name_follows && (position == Position::Subject || !clause_follows)
    }

    fn name(&mut self) -> Result<String, InvalidTrouble> {
        let Some(name) = self.word(0).filter(|word| is_host_name(word)).map(str::to_owned) else {
            return Err(self.expected(
                "hosts, such as \"2%\", \"3 hosts\", \"web-0001\", \"os=rocky-9\" or \"all hosts\"",
                &["hosts"],
            ));
        };
        self.next += 1;
        Ok(name)
    }

    fn take_times(&mut self) -> Result<Option<u32>, InvalidTrouble> {
        if self.take(&["once"]) {
            return Ok(Some(1));
        }
        if self.take(&["twice"]) {
            return Ok(Some(2));
        }
        if self.word(1) != Some("times") {
            return Ok(None);
        }
        let word = self.word(0).unwrap_or_default();
        let times = word.parse().ok().filter(|times| *times > 0);
        let times =
            times.ok_or_else(|| self.wrong(format!("{word:?} is no number of times"), "for example 3 times"))?;
        self.next += 2;
        Ok(Some(times))
    }

    fn exit_code(&mut self) -> Result<u8, InvalidTrouble> {
        let word = self.word(0).unwrap_or_default();
        let code = word.parse().ok().filter(|code| *code > 0);
        let code =
            code.ok_or_else(|| self.wrong("expected an exit code from 1 to 255".into(), "for example with exit 100"))?;
        self.next += 1;
        Ok(code)
    }

    fn offset(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.chars().count(), |token| token.offset)
    }

    fn wrong(&self, message: String, hint: &str) -> InvalidTrouble {
        InvalidTrouble { text: self.text.clone(), offset: self.offset(), message, hint: hint.to_owned() }
    }

    /// An error about what comes next, with the word that may have been meant.
    fn expected(&self, what: &str, words: &[&str]) -> InvalidTrouble {
        let found = match self.peek(0) {
            None => "the text ends here".to_owned(),
            Some(Kind::Word(word)) => format!("found {word:?}"),
            Some(Kind::Quoted(line)) => format!("found the text {line:?}"),
            Some(Kind::Comma) => "found a comma".to_owned(),
            Some(Kind::Semicolon) => "found a semicolon".to_owned(),
        };
        let near = self.word(0).and_then(|word| nearest(word, words));
        let hint = near.map_or_else(
            || "for example: install fails on 2%, 3 hosts are flaky".to_owned(),
            |word| format!("did you mean {word:?}?"),
        );
        self.wrong(format!("expected {what}, {found}"), &hint)
    }
}

fn is_step(word: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && word.chars().all(legal)
}

/// `web-0001` and the like: what a fleet calls its hosts.
fn is_host_name(word: &str) -> bool {
    word.rsplit_once('-')
        .is_some_and(|(role, number)| is_step(role) && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" or ")
}

fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let ranked = candidates.iter().map(|candidate| (distance(word, candidate), *candidate));
    ranked.min().filter(|(distance, _)| *distance <= 2).map(|(_, candidate)| candidate)
}

/// How many letters must be put in, left out or replaced to make one word of the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for column in 0..to.len() {
            let replaced = corner + usize::from(letter != to[column]);
            corner = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(corner + 1);
        }
    }
    row[to.len()]
}

fn tokens(text: &str) -> Result<Vec<Token>, InvalidTrouble> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let (kind, end) = match letters[at] {
            c if c.is_whitespace() => {
                at += 1;
                continue;
            }
            ',' => (Kind::Comma, at + 1),
            ';' => (Kind::Semicolon, at + 1),
            quote @ ('\'' | '"') => quoted(text, &letters, at, quote)?,
            _ => plain_word(&letters, at),
        };
        tokens.push(Token { offset: at, kind });
        at = end;
    }
    Ok(tokens)
}

fn quoted(text: &str, letters: &[char], start: usize, quote: char) -> Result<(Kind, usize), InvalidTrouble> {
    let inside = &letters[start + 1..];
    let Some(length) = inside.iter().position(|c| *c == quote) else {
        let hint = format!("put a {quote} at its end");
        return Err(InvalidTrouble {
            text: text.to_owned(),
            offset: start,
            message: "this text in quotes has no end".into(),
            hint,
        });
    };
    Ok((Kind::Quoted(inside[..length].iter().collect()), start + length + 2))
}

fn plain_word(letters: &[char], start: usize) -> (Kind, usize) {
    let ends = |c: &char| c.is_whitespace() || matches!(c, ',' | ';' | '\'' | '"');
    let length = letters[start..].iter().position(ends).unwrap_or(letters.len() - start);
    (Kind::Word(letters[start..start + length].iter().collect()), start + length)
}
