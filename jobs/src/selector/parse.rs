//! Reads the text of a selector by recursive descent: `or` over `and` over `not` over one test.
//!
//! Never found here: evaluation.

use super::{DEEPEST, Key, LONGEST, OneOf, SelectorError, Test};
use crate::diagnostic::{did_you_mean, shortened};
use crate::pattern::Pattern;

const EVERYONE: &str = "write `all` for every host, or a test such as role=web";

/// Reads a whole selector.
pub(super) fn parse(text: &str) -> Result<Test, SelectorError> {
    if text.len() > LONGEST {
        let message = format!("the selector is {} bytes long; at most {LONGEST} are read", text.len());
        return Err(SelectorError {
            offset: 0,
            message,
            hint: "give the hosts a label or a group and select by it".into(),
        });
    }
    let mut parser = Parser { tokens: tokens(text)?, at: 0, depth: 0, end: text.chars().count() };
    let test = parser.alternatives()?;
    parser.expect_end()?;
    Ok(test)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Open,
    Close,
    Comma,
    Equals,
    Differs,
    Bang,
}

impl Token {
    fn is_word(&self, word: &str) -> bool {
        matches!(self, Token::Word(text) if text == word)
    }

    fn shown(&self) -> String {
        match self {
            Token::Word(text) => format!("`{text}`"),
            Token::Quoted(text) => format!("\"{text}\""),
            Token::Open => "`(`".into(),
            Token::Close => "`)`".into(),
            Token::Comma => "`,`".into(),
            Token::Equals => "`=`".into(),
            Token::Differs => "`!=`".into(),
            Token::Bang => "`!`".into(),
        }
    }
}

fn fail<T>(offset: usize, message: impl Into<String>, hint: impl Into<String>) -> Result<T, SelectorError> {
    Err(SelectorError { offset, message: shortened(message.into()), hint: shortened(hint.into()) })
}

/// The tokens with their places, in characters.
fn tokens(text: &str) -> Result<Vec<(Token, usize)>, SelectorError> {
    let letters: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        let doubled = letters.get(at + 1) == Some(&letter);
        let (token, length) = match letter {
            _ if letter.is_whitespace() => {
                at += 1;
                continue;
            }
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '=' => (Token::Equals, if doubled { 2 } else { 1 }),
            '!' if letters.get(at + 1) == Some(&'=') => (Token::Differs, 2),
            '!' => (Token::Bang, 1),
            '"' | '\'' => quoted(&letters, at)?,
            '&' | '|' | ';' | '<' | '>' | '~' | ':' => return foreign(letter, at),
            _ => word(&letters, at)?,
        };
        found.push((token, at));
        at += length;
    }
    Ok(found)
}

fn foreign<T>(letter: char, at: usize) -> Result<T, SelectorError> {
    let hint = match letter {
        '&' | ';' => "write `and`",
        '|' => "write `or`",
        ':' => "write `or` between patterns, `and` instead of `:&`, `and not` instead of `:!`",
        '~' => "patterns are globs: write name=web-* or name=web[001-040]",
        _ => "labels are texts: write key=value, key!=value, or name=web[001-040] for a range",
    };
    fail(at, format!("`{letter}` means nothing in a selector"), hint)
}

fn quoted(letters: &[char], at: usize) -> Result<(Token, usize), SelectorError> {
    let quote = letters[at];
    match letters[at + 1..].iter().position(|letter| *letter == quote) {
        Some(length) => Ok((Token::Quoted(letters[at + 1..at + 1 + length].iter().collect()), length + 2)),
        None => fail(at, "the quotation mark is never closed", format!("put {quote} after the value")),
    }
}

/// A word ends at white space and at whatever else means something; inside brackets and braces nothing does.
fn word(letters: &[char], at: usize) -> Result<(Token, usize), SelectorError> {
    let mut inside: Option<char> = None;
    let mut length = 0;
    for letter in &letters[at..] {
        match inside {
            Some(close) if *letter == close => inside = None,
            Some(_) => {}
            None if letter.is_whitespace() || "()=!,'\"&|;<>~".contains(*letter) => break,
            None => inside = closing(*letter),
        }
        length += 1;
    }
    match inside {
        Some(close) => fail(at, format!("a bracket is never closed by `{close}`"), "write web[001-040] or web-{a,b}"),
        None => Ok((Token::Word(letters[at..at + length].iter().collect()), length)),
    }
}

fn closing(letter: char) -> Option<char> {
    match letter {
        '[' => Some(']'),
        '{' => Some('}'),
        _ => None,
    }
}

struct Parser {
    tokens: Vec<(Token, usize)>,
    at: usize,
    depth: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn offset(&self) -> usize {
        self.tokens.get(self.at).map_or(self.end, |(_, offset)| *offset)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let taken = self.peek() == Some(wanted);
        self.at += usize::from(taken);
        taken
    }

    fn take_word(&mut self, word: &str) -> bool {
        let taken = self.peek().is_some_and(|token| token.is_word(word));
        self.at += usize::from(taken);
        taken
    }

    fn shown(&self) -> String {
        self.peek().map_or("the end".to_owned(), Token::shown)
    }

    fn expect_end(&self) -> Result<(), SelectorError> {
        match self.peek() {
            None => Ok(()),
            Some(Token::Close) => {
                fail(self.offset(), "`)` closes nothing", "remove it, or put `(` before the tests it ends")
            }
            Some(Token::Word(word)) => {
                let hint = match did_you_mean(word, ["and", "or", "in"]) {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => "join tests with `and` or `or`".to_owned(),
                };
                fail(self.offset(), format!("expected `and` or `or` before `{word}`"), hint)
            }
            Some(_) => {
                fail(self.offset(), format!("{} is not expected here", self.shown()), "join tests with `and` or `or`")
            }
        }
    }

    fn alternatives(&mut self) -> Result<Test, SelectorError> {
        let mut tests = vec![self.conjunction()?];
        while self.take_word("or") {
            tests.push(self.conjunction()?);
        }
        Ok(one_or(tests, Test::Any))
    }

    fn conjunction(&mut self) -> Result<Test, SelectorError> {
        let mut tests = vec![self.negation()?];
        while self.take_word("and") || self.take(&Token::Comma) {
            tests.push(self.negation()?);
        }
        Ok(one_or(tests, Test::All))
    }

    fn negation(&mut self) -> Result<Test, SelectorError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return fail(self.offset(), format!("nested more than {DEEPEST} deep"), "use fewer parentheses");
        }
        let test = match () {
            () if self.take_word("not") => Test::Not(Box::new(self.negation()?)),
            () if self.take(&Token::Bang) => self.without()?,
            () if self.take(&Token::Open) => self.group()?,
            () => self.test()?,
        };
        self.depth -= 1;
        Ok(test)
    }

    fn group(&mut self) -> Result<Test, SelectorError> {
        let open = self.tokens[self.at - 1].1;
        let test = self.alternatives()?;
        match self.take(&Token::Close) {
            true => Ok(test),
            false if self.peek().is_none() => fail(open, "`(` is never closed", "put `)` after the last test"),
            false => self.expect_end().map(|()| test),
        }
    }

    /// What `!` is followed by. `!key` is how Kubernetes asks for hosts without a label, and `!web-1` how Ansible
    /// leaves a host or a group out: a bare word leaves out all three, because touching too many hosts is the worse mistake.
    fn without(&mut self) -> Result<Test, SelectorError> {
        let label = match (self.peek(), self.tokens.get(self.at + 1).map(|(token, _)| token)) {
            (Some(Token::Word(word)), next) if !self.is_operator(next) && !is_keyword(word) => {
                Some(word.as_str().into())
            }
            _ => None,
        };
        let test = self.negation()?;
        Ok(Test::Not(Box::new(match label {
            Some(label) => Test::Any(vec![test, Test::Has(Key::Label(label))]),
            None => test,
        })))
    }

    fn is_operator(&self, token: Option<&Token>) -> bool {
        match token {
            Some(Token::Equals | Token::Differs) => true,
            Some(Token::Word(word)) => matches!(word.as_str(), "in" | "not"),
            _ => false,
        }
    }

    /// One test: `key=value`, `key in (…)`, `has key`, or a bare word.
    fn test(&mut self) -> Result<Test, SelectorError> {
        let start = self.offset();
        let (word, is_quoted) = match self.peek() {
            None => return fail(start, "a test is missing", EVERYONE),
            Some(Token::Word(word)) => (word.clone(), false),
            Some(Token::Quoted(word)) => (word.clone(), true),
            Some(_) => return fail(start, format!("{} is not expected here", self.shown()), EVERYONE),
        };
        self.at += 1;
        match self.peek() {
            Some(Token::Equals) => self.comparison(&word, start),
            Some(Token::Differs) => self.comparison(&word, start).map(|test| Test::Not(Box::new(test))),
            Some(token) if token.is_word("in") => self.membership(&word, start),
            Some(token) if token.is_word("not") && self.next_is("in") => {
                self.at += 1;
                self.membership(&word, start).map(|test| Test::Not(Box::new(test)))
            }
            Some(Token::Word(_)) if word == "has" && !is_quoted => self.existence(),
            _ => bare(&word, is_quoted, start),
        }
    }

    fn next_is(&self, word: &str) -> bool {
        self.tokens.get(self.at + 1).is_some_and(|(token, _)| token.is_word(word))
    }

    fn comparison(&mut self, word: &str, start: usize) -> Result<Test, SelectorError> {
        let key = key(word, start)?;
        self.at += 1;
        let mut values = OneOf::default();
        values.add(self.value(word)?);
        Ok(Test::Is(key, values))
    }

    fn membership(&mut self, word: &str, start: usize) -> Result<Test, SelectorError> {
        let key = key(word, start)?;
        self.at += 1;
        if !self.take(&Token::Open) {
            return fail(self.offset(), "`in` needs a list in parentheses", format!("write {word} in (a, b)"));
        }
        let mut values = OneOf::default();
        loop {
            values.add(self.value(word)?);
            match self.take(&Token::Comma) {
                true => continue,
                false if self.take(&Token::Close) => return Ok(Test::Is(key, values)),
                false => {
                    let message = format!("expected `,` or `)` in the list, not {}", self.shown());
                    return fail(self.offset(), message, format!("write {word} in (a, b); quote values with spaces"));
                }
            }
        }
    }

    fn existence(&mut self) -> Result<Test, SelectorError> {
        let offset = self.offset();
        match self.peek() {
            Some(Token::Word(word)) => {
                let key = key(word, offset)?;
                self.at += 1;
                Ok(Test::Has(key))
            }
            _ => fail(offset, "`has` needs the name of a label", "write has dc"),
        }
    }

    fn value(&mut self, key: &str) -> Result<Pattern, SelectorError> {
        let offset = self.offset();
        let text = match self.peek() {
            Some(Token::Word(text) | Token::Quoted(text)) => text.clone(),
            _ => {
                let message = format!("the value of `{key}` is missing before {}", self.shown());
                return fail(offset, message, format!("write {key}=value, or {key}=\"\" for an empty value"));
            }
        };
        self.at += 1;
        pattern(&text, offset)
    }
}

fn one_or(mut tests: Vec<Test>, several: fn(Vec<Test>) -> Test) -> Test {
    match tests.pop() {
        Some(only) if tests.is_empty() => only,
        last => {
            tests.extend(last);
            several(tests)
        }
    }
}

fn pattern(text: &str, offset: usize) -> Result<Pattern, SelectorError> {
    Pattern::parse(text).map_err(|error| SelectorError {
        offset,
        message: shortened(error.message),
        hint: shortened(error.hint),
    })
}

fn key(word: &str, offset: usize) -> Result<Key, SelectorError> {
    if crate::pattern::is_glob(word) {
        return fail(offset, format!("the key `{word}` is a pattern"), "patterns are for values: write role=web-*");
    }
    Ok(match word {
        "name" => Key::Name,
        "group" => Key::Group,
        label => Key::Label(label.into()),
    })
}

/// A word by itself: everyone, or the hosts and groups of that name.
fn bare(word: &str, is_quoted: bool, offset: usize) -> Result<Test, SelectorError> {
    if !is_quoted {
        if word == "all" || word == "*" {
            return Ok(Test::Everyone);
        }
        if is_keyword(word) {
            return fail(
                offset,
                format!("`{word}` needs a test on each side"),
                "write role=web and env=prod; quote it to mean a name",
            );
        }
        if is_keyword(&word.to_lowercase()) {
            return fail(
                offset,
                format!("`{word}` is written in small letters"),
                format!("write `{}`", word.to_lowercase()),
            );
        }
        if word.contains('@') && word.contains(':') {
            return fail(
                offset,
                format!("`{word}` is a Salt matcher"),
                "write os=Debian for G@os:Debian, group=web for N@web",
            );
        }
    }
    let mut values = [OneOf::default(), OneOf::default()];
    for one in &mut values {
        one.add(pattern(word, offset)?);
    }
    let [names, groups] = values;
    Ok(Test::Any(vec![Test::Is(Key::Name, names), Test::Is(Key::Group, groups)]))
}

fn is_keyword(word: &str) -> bool {
    matches!(word, "and" | "or" | "not" | "in" | "has")
}
