//! Makes bad input from good: texts by their lines and words, JSON by its tree, bytes by their bits.
//!
//! Never found here: what the input is for.

use crate::chance::Chance;
use serde_json::Value;

/// Words that have a meaning somewhere, or had one in another program.
const WORDS: [&str; 46] = [
    "~",
    "null",
    "true",
    "no",
    "0",
    "-1",
    "1e9",
    "0x1f",
    "1%",
    "0.5%",
    "100.01%",
    "30m",
    "1h30m",
    "99999999999999999999",
    "3.5",
    "NaN",
    ".inf",
    "&a",
    "*a",
    "<<: *a",
    "!!binary",
    "|",
    ">-",
    "---",
    "...",
    "#",
    "\"",
    "'",
    "{{",
    "}}",
    "{{ params.x }}",
    "{{ steps.check.output.y.z }}",
    "{% for i in range(99999) %}",
    "{{ 'a' * 99999999 }}",
    "[",
    "]",
    "{",
    "}",
    "web-[001-999999999]",
    "not (",
    "and or",
    "\t",
    "\u{0}",
    "\u{feff}",
    "\u{202e}ä漢🦀",
    "\r\n",
];

/// Numbers at which arithmetic goes wrong.
const NUMBERS: [&str; 12] = [
    "0",
    "1",
    "-1",
    "255",
    "65536",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "1.7976931348623157e308",
];

/// A good text with some things wrong in it.
pub fn text(corpus: &[String], chance: &mut Chance) -> String {
    let mut text = one(corpus, chance).clone();
    for _ in 0..chance.between(1, 7) {
        text = mutated(text, corpus, chance);
        text.truncate(text.floor_char_boundary(2 << 20));
    }
    text
}

fn one<'a, T>(from: &'a [T], chance: &mut Chance) -> &'a T {
    &from[chance.between(0, from.len() as u64) as usize]
}

fn mutated(text: String, corpus: &[String], chance: &mut Chance) -> String {
    match chance.between(0, 16) {
        0 => cut(&text, chance),
        1 => again(&text, chance),
        2..=4 => with_word(&text, chance),
        5..=7 => instead_of_a_word(&text, chance),
        8 => lines(&text, chance, |lines, chance| drop(lines.remove(place(lines.len(), chance)))),
        9 => lines(&text, chance, |lines, chance| {
            let (one, other) = (place(lines.len(), chance), place(lines.len(), chance));
            lines.swap(one, other);
        }),
        10 => lines(&text, chance, |lines, chance| {
            let (from, to) = (place(lines.len(), chance), place(lines.len(), chance));
            lines.insert(to, lines[from].clone());
        }),
        11 => lines(&text, chance, |lines, chance| {
            let at = place(lines.len(), chance);
            lines[at] = format!("{}{}", " ".repeat(chance.between(0, 9) as usize), lines[at].trim_start());
        }),
        12 => crossed(&text, &corpus[place(corpus.len(), chance)], chance),
        13 => deeper(&text, chance),
        14 => other_number(&text, chance),
        _ => other_letter(&text, chance),
    }
}

fn place(length: usize, chance: &mut Chance) -> usize {
    chance.between(0, length.max(1) as u64) as usize
}

/// A place between two characters.
fn between(text: &str, chance: &mut Chance) -> usize {
    text.floor_char_boundary(place(text.len() + 1, chance))
}

fn span(text: &str, chance: &mut Chance) -> (usize, usize) {
    let (one, other) = (between(text, chance), between(text, chance));
    (one.min(other), one.max(other))
}

fn cut(text: &str, chance: &mut Chance) -> String {
    let (from, to) = span(text, chance);
    if chance.once_in(300) { text[..from].to_owned() } else { format!("{}{}", &text[..from], &text[to..]) }
}

/// Says a piece again, twice or very often.
fn again(text: &str, chance: &mut Chance) -> String {
    let (from, to) = span(text, chance);
    let times = chance.pick(&[2, 2, 2, 30, 2_000]);
    let piece = &text[from..to];
    let times = times.min((1 << 20) / piece.len().max(1)).max(2);
    format!("{}{}{}", &text[..from], piece.repeat(times), &text[to..])
}

fn with_word(text: &str, chance: &mut Chance) -> String {
    let at = between(text, chance);
    format!("{}{}{}", &text[..at], chance.pick(&WORDS), &text[at..])
}

fn words(text: &str) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut from = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (letter.is_alphanumeric() || letter == '_', from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                words.push((start, at));
                from = None;
            }
            _ => {}
        }
    }
    words
}

fn instead_of_a_word(text: &str, chance: &mut Chance) -> String {
    let all = words(text);
    if all.is_empty() {
        return with_word(text, chance);
    }
    let (from, to) = *one(&all, chance);
    let other = *one(&all, chance);
    let word = if chance.once_in(500) { &text[other.0..other.1] } else { chance.pick(&WORDS) };
    format!("{}{word}{}", &text[..from], &text[to..])
}

fn other_number(text: &str, chance: &mut Chance) -> String {
    let is_number = |(from, to): &(usize, usize)| text[*from..*to].bytes().all(|byte| byte.is_ascii_digit());
    let numbers: Vec<_> = words(text).into_iter().filter(is_number).collect();
    if numbers.is_empty() {
        return text.to_owned();
    }
    let (from, to) = *one(&numbers, chance);
    format!("{}{}{}", &text[..from], chance.pick(&NUMBERS), &text[to..])
}

fn other_letter(text: &str, chance: &mut Chance) -> String {
    let at = between(text, chance);
    let after = text[at..].chars().next().map_or(at, |letter| at + letter.len_utf8());
    let letter = char::from_u32(chance.between(0, 0x180) as u32).unwrap_or('\u{fffd}');
    format!("{}{letter}{}", &text[..at], &text[after..])
}

fn lines(text: &str, chance: &mut Chance, change: impl Fn(&mut Vec<String>, &mut Chance)) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    change(&mut lines, chance);
    lines.join("\n")
}

/// The beginning of one and the end of another.
fn crossed(text: &str, other: &str, chance: &mut Chance) -> String {
    let (head, tail) = (between(text, chance), between(other, chance));
    format!("{}{}", &text[..head], &other[tail..])
}

/// Something nested as deep as no person would.
fn deeper(text: &str, chance: &mut Chance) -> String {
    let times = chance.pick(&[5, 70, 200, 5_000, 100_000]);
    let open = chance.pick(&["[", "{a: ", "(", "not ", "- ", "{{ (", "{ a ", "\"", "[[", "!"]);
    let at = between(text, chance);
    format!("{}{}{}", &text[..at], open.repeat(times), &text[at..])
}

/// A good value with some things wrong in it; `others` are good values to take pieces from.
pub fn json(value: &Value, others: &[Value], chance: &mut Chance) -> Value {
    let mut value = value.clone();
    for _ in 0..chance.between(1, 5) {
        let place = chance.between(0, count(&value));
        replace(&mut value, &mut { place }, others, chance);
    }
    value
}

fn count(value: &Value) -> u64 {
    let inside: u64 = match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    };
    1 + inside
}

/// Changes the value that comes at this place, counted from the top down.
fn replace(value: &mut Value, place: &mut u64, others: &[Value], chance: &mut Chance) -> bool {
    if *place == 0 {
        change(value, others, chance);
        return true;
    }
    *place -= 1;
    match value {
        Value::Array(list) => list.iter_mut().any(|inside| replace(inside, place, others, chance)),
        Value::Object(map) => map.values_mut().any(|inside| replace(inside, place, others, chance)),
        _ => false,
    }
}

fn change(value: &mut Value, others: &[Value], chance: &mut Chance) {
    *value = match (chance.between(0, 9), value.take()) {
        (0 | 1, Value::Object(mut map)) => {
            let key = map.keys().nth(place(map.len(), chance)).cloned();
            key.and_then(|key| map.remove(&key));
            Value::Object(map)
        }
        (2, Value::Object(mut map)) => {
            map.insert(chance.pick(&WORDS).to_owned(), any(chance));
            Value::Object(map)
        }
        (0..=2, Value::Array(mut list)) => {
            list.push(any(chance));
            let at = place(list.len(), chance);
            list.swap_remove(at);
            Value::Array(list)
        }
        (3, _) if !others.is_empty() => piece(one(others, chance), chance),
        (4, value) => (0..chance.pick(&[2, 60, 120, 300])).fold(value, |inside, _| Value::Array(vec![inside])),
        (5, Value::String(text)) => Value::String(mutated(text, &[String::new()], chance)),
        (6, Value::String(text)) => {
            let times = chance.pick(&[0, 3, 5_000]).min((1 << 20) / text.len().max(1));
            Value::String(text.repeat(times))
        }
        _ => any(chance),
    };
}

fn piece(value: &Value, chance: &mut Chance) -> Value {
    match value {
        Value::Object(map) if !map.is_empty() && chance.once_in(800) => {
            map.values().nth(place(map.len(), chance)).map_or(Value::Null, |inside| piece(inside, chance))
        }
        Value::Array(list) if !list.is_empty() && chance.once_in(800) => piece(one(list, chance), chance),
        value => value.clone(),
    }
}

/// Any value, mostly small.
pub fn any(chance: &mut Chance) -> Value {
    match chance.between(0, 8) {
        0 => Value::Null,
        1 => Value::Bool(chance.once_in(500)),
        2 | 3 => serde_json::from_str(chance.pick(&NUMBERS)).unwrap_or(Value::Null),
        4 | 5 => Value::String(chance.pick(&WORDS).to_owned()),
        6 => Value::Array((0..chance.between(0, 4)).map(|_| any(chance)).collect()),
        _ => Value::Object((0..chance.between(0, 4)).map(|_| (chance.pick(&WORDS).to_owned(), any(chance))).collect()),
    }
}

/// Good bytes with some of them wrong, missing or said again.
pub fn bytes(good: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..chance.between(1, 5) {
        let (at, length) = (place(bytes.len(), chance), place(40, chance));
        let end = (at + length).min(bytes.len());
        match chance.between(0, 5) {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => bytes.extend_from_slice(&good[..end.min(good.len())]),
            _ if bytes.is_empty() => bytes.push(chance.next() as u8),
            _ => {
                bytes[at] =
                    if chance.once_in(500) { chance.next() as u8 } else { chance.pick(&[0, 1, 0x7f, 0x80, 0xff]) }
            }
        }
    }
    bytes
}
