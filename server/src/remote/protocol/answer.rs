//! What a host answers: a header, frames of output, and how the script ended.
//!
//! Never found here: an unbounded buffer. Output is handed on as it comes; lines and results have a greatest length.

use jobs::time::Duration;
use std::fmt;
use std::str::FromStr;

/// The longest line of an answer, in bytes.
const MAX_LINE: usize = 1_024;
/// The longest `$STAGGER_OUTPUT` that is taken, in bytes; the rest of it is read and left out.
pub const MAX_RESULT: usize = 1 << 20;

/// A host said something that the protocol does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, got {got:?}")]
pub struct Garbled {
    /// What was to come.
    pub expected: &'static str,
    /// The start of what came.
    pub got: String,
}

impl Garbled {
    pub(crate) fn new(expected: &'static str, got: &str) -> Garbled {
        Garbled { expected, got: got.chars().take(120).collect() }
    }
}

/// Where an attempt stands on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// This request started it.
    Started,
    /// It was running already.
    Running,
    /// It had ended already.
    Done,
    /// It was claimed with another spec; this one never runs.
    Conflict,
    /// A controller with a higher epoch, or a later attempt, was here; this one never runs.
    Fenced,
    /// It started, and the host was booted since.
    VanishedRebooted,
    /// It started, and its supervisor is gone.
    VanishedKilled,
    /// An earlier attempt of the same effect still runs; this one may start when that has ended.
    Busy,
    /// Its result was collected and acknowledged.
    Acked,
    /// It was cancelled before it had begun, and never will.
    Barred,
    /// There is no room to start it.
    NoSpace,
    /// Nothing is known of it.
    Unknown,
    /// The supervisor is installed.
    Installed,
    /// The script is being ended.
    Cancelling,
    /// The attempts are forgotten.
    Acknowledged,
}

/// Every state with its word.
const STATES: [(State, &str); 15] = [
    (State::Started, "started"),
    (State::Running, "running"),
    (State::Done, "done"),
    (State::Conflict, "conflict"),
    (State::Fenced, "fenced"),
    (State::Busy, "busy"),
    (State::VanishedRebooted, "vanished-rebooted"),
    (State::VanishedKilled, "vanished-killed"),
    (State::Acked, "acked"),
    (State::Barred, "barred"),
    (State::NoSpace, "nospace"),
    (State::Unknown, "unknown"),
    (State::Installed, "installed"),
    (State::Cancelling, "cancelling"),
    (State::Acknowledged, "acknowledged"),
];

impl State {
    /// Whether frames follow, up to the end of the attempt.
    pub fn has_frames(self) -> bool {
        matches!(self, State::Started | State::Running | State::Done)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(STATES.iter().find(|(state, _)| state == self).map_or("unknown", |(_, word)| word))
    }
}

/// The first line of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where the attempt stands.
    pub state: State,
    /// The boot id of the host; empty where the verb does not say.
    pub boot: String,
    /// The id of the folder on the host; empty where the verb does not say.
    pub store: String,
    /// With [`State::Fenced`]: the highest epoch that the host has seen.
    pub epoch: Option<u64>,
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stagger 1 {}", self.state)?;
        if !self.boot.is_empty() {
            write!(f, " boot={}", self.boot)?;
        }
        if !self.store.is_empty() {
            write!(f, " store={}", self.store)?;
        }
        if let Some(epoch) = self.epoch {
            write!(f, " epoch={epoch}")?;
        }
        f.write_str("\n")
    }
}

impl FromStr for Header {
    type Err = Garbled;

    fn from_str(line: &str) -> Result<Header, Garbled> {
        let garbled = || Garbled::new("an answer of the supervisor (\"stagger 1 ...\")", line);
        let mut words = line.strip_prefix("stagger 1 ").ok_or_else(garbled)?.split_ascii_whitespace();
        let word = words.next().ok_or_else(garbled)?;
        let state = STATES.iter().find(|(_, known)| *known == word).ok_or_else(garbled)?.0;
        let mut header = Header { state, boot: String::new(), store: String::new(), epoch: None };
        for (key, value) in words.filter_map(|word| word.split_once('=')) {
            match key {
                "boot" => header.boot = value.to_owned(),
                "store" => header.store = value.to_owned(),
                "epoch" => header.epoch = value.parse().ok(),
                _ => {} // a later supervisor may say more
            }
        }
        Ok(header)
    }
}

/// One of the two streams of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// The head of a frame of output; the bytes follow it.
pub fn output_frame(stream: Stream, offset: u64, length: usize) -> String {
    let name = match stream {
        Stream::Out => "out",
        Stream::Err => "err",
    };
    format!("{name} {offset} {length}\n")
}

/// The head of the frame that holds `$STAGGER_OUTPUT`; the bytes follow it.
pub fn result_frame(length: usize) -> String {
    format!("res {length}\n")
}

/// Why a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// By itself.
    Exit,
    /// By a signal that the supervisor did not send.
    Signal,
    /// Its time was up.
    Timeout,
    /// It was cancelled.
    Cancel,
}

const CAUSES: [(Cause, &str); 4] =
    [(Cause::Exit, "exit"), (Cause::Signal, "signal"), (Cause::Timeout, "timeout"), (Cause::Cancel, "cancel")];

/// The last line of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The exit code; 0 where a signal ended it.
    pub exit: i32,
    /// The signal that ended it; 0 where it exited. A shell reports a signal as an exit code above 128, and so it is
    /// read back: a script that exits with 137 by itself counts as ended by signal 9.
    pub signal: i32,
    /// Why.
    pub cause: Cause,
    /// How long it ran, on the host's clock.
    pub took: Duration,
    /// Bytes on stdout.
    pub out: u64,
    /// Bytes on stderr.
    pub err: u64,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let End { exit, signal, cause, took, out, err } = self;
        let cause = CAUSES.iter().find(|(known, _)| known == cause).map_or("exit", |(_, word)| word);
        writeln!(f, "end exit={exit} signal={signal} cause={cause} ms={} out={out} err={err}", took.0)
    }
}

impl FromStr for End {
    type Err = Garbled;

    fn from_str(line: &str) -> Result<End, Garbled> {
        parse_end(line).ok_or_else(|| Garbled::new("how the script ended (\"end exit=...\")", line))
    }
}

fn parse_end(line: &str) -> Option<End> {
    let words = line.strip_prefix("end ")?;
    let value = |key: &str| {
        let mut pairs = words.split_ascii_whitespace().filter_map(|word| word.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    let cause = value("cause")?;
    Some(End {
        exit: value("exit")?.parse().ok()?,
        signal: value("signal")?.parse().ok()?,
        cause: CAUSES.iter().find(|(_, word)| *word == cause)?.0,
        took: Duration(value("ms")?.parse().ok()?),
        out: value("out")?.parse().ok()?,
        err: value("err")?.parse().ok()?,
    })
}

/// One piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// The first line.
    Header(Header),
    /// Some bytes of output, at this offset of the stream; none at all is a sign of life.
    Output(Stream, u64, &'a [u8]),
    /// All of `$STAGGER_OUTPUT`, up to the greatest length that is taken.
    Result(Vec<u8>),
    /// The last line.
    End(End),
}

/// Reads an answer from bytes that come in pieces of any size.
#[derive(Debug, Default)]
pub struct Answers {
    line: Vec<u8>,
    headed: bool,
    inside: Option<Inside>,
    result: Vec<u8>,
}

/// The frame whose bytes are being read.
#[derive(Clone, Copy, Debug)]
enum Inside {
    Output { stream: Stream, offset: u64, left: usize },
    Result { left: usize },
}

impl Answers {
    /// Takes the next piece off `bytes`. None means that more bytes are needed; `bytes` is empty then.
    pub fn next<'a>(&mut self, bytes: &mut &'a [u8]) -> Result<Option<Line<'a>>, Garbled> {
        loop {
            if let Some(inside) = self.inside {
                match self.fill(inside, bytes) {
                    Some(line) => return Ok(Some(line)),
                    None if bytes.is_empty() => return Ok(None),
                    None => continue,
                }
            }
            let Some(line) = self.take_line(bytes)? else { return Ok(None) };
            if let Some(read) = self.read(&line)? {
                return Ok(Some(read));
            }
        }
    }

    fn fill<'a>(&mut self, inside: Inside, bytes: &mut &'a [u8]) -> Option<Line<'a>> {
        match inside {
            Inside::Output { stream, offset, left } => {
                let piece = split(bytes, left);
                let left = left - piece.len();
                let next = Inside::Output { stream, offset: offset.saturating_add(piece.len() as u64), left };
                self.inside = (left > 0).then_some(next);
                (!piece.is_empty()).then_some(Line::Output(stream, offset, piece))
            }
            Inside::Result { left } => {
                let piece = split(bytes, left);
                let room = MAX_RESULT.saturating_sub(self.result.len());
                self.result.extend_from_slice(&piece[..piece.len().min(room)]);
                let left = left - piece.len();
                self.inside = (left > 0).then_some(Inside::Result { left });
                (left == 0).then(|| Line::Result(std::mem::take(&mut self.result)))
            }
        }
    }

    fn take_line(&mut self, bytes: &mut &[u8]) -> Result<Option<String>, Garbled> {
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let piece = split(bytes, end.map_or(bytes.len(), |end| end + 1));
        self.line.extend_from_slice(&piece[..piece.len().min(MAX_LINE + 1)]);
        if self.line.len() > MAX_LINE {
            return Err(Garbled::new("a line of the supervisor", &String::from_utf8_lossy(&self.line)));
        }
        if end.is_none() {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&self.line).trim_end().to_owned();
        self.line.clear();
        Ok(Some(line))
    }

    fn read<'a>(&mut self, line: &str) -> Result<Option<Line<'a>>, Garbled> {
        if !self.headed {
            let header = line.parse()?;
            self.headed = true;
            return Ok(Some(Line::Header(header)));
        }
        if line.starts_with("end ") {
            return line.parse().map(|end| Some(Line::End(end)));
        }
        let inside = frame_head(line).ok_or_else(|| Garbled::new("a frame of output", line))?;
        match inside {
            Inside::Output { stream, offset, left: 0 } => Ok(Some(Line::Output(stream, offset, &[]))),
            Inside::Result { left: 0 } => Ok(Some(Line::Result(Vec::new()))),
            inside => {
                self.inside = Some(inside);
                Ok(None)
            }
        }
    }
}

fn split<'a>(bytes: &mut &'a [u8], at_most: usize) -> &'a [u8] {
    let (piece, rest) = bytes.split_at(at_most.min(bytes.len()));
    *bytes = rest;
    piece
}

fn frame_head(line: &str) -> Option<Inside> {
    let words: Vec<&str> = line.split(' ').collect();
    match words[..] {
        ["out", offset, left] => {
            Some(Inside::Output { stream: Stream::Out, offset: offset.parse().ok()?, left: left.parse().ok()? })
        }
        ["err", offset, left] => {
            Some(Inside::Output { stream: Stream::Err, offset: offset.parse().ok()?, left: left.parse().ok()? })
        }
        ["res", left] => Some(Inside::Result { left: left.parse().ok()? }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: End = End { exit: 3, signal: 0, cause: Cause::Exit, took: Duration(1_250), out: 11, err: 0 };

    /// What a host might send, with output that looks like the protocol itself.
    fn answer() -> Vec<u8> {
        let header = Header { state: State::Started, boot: "b-1".into(), store: "s-1".into(), epoch: None };
        let mut bytes = header.to_string().into_bytes();
        bytes.extend(output_frame(Stream::Out, 0, 11).bytes());
        bytes.extend(b"end exit=0\n");
        bytes.extend(output_frame(Stream::Err, 7, 0).bytes());
        bytes.extend(result_frame(5).bytes());
        bytes.extend(b"k=v\n\0");
        bytes.extend(END.to_string().bytes());
        bytes
    }

    /// Reads `answer()` in pieces of `size` bytes, as text one can compare.
    fn read_in_pieces_of(size: usize) -> (String, String, u64) {
        let (mut answers, mut output, mut story, mut life) = (Answers::default(), String::new(), String::new(), 0);
        for piece in answer().chunks(size) {
            let mut bytes = piece;
            while let Some(line) = answers.next(&mut bytes).expect("well formed") {
                match line {
                    Line::Header(header) => story.push_str(&header.to_string()),
                    Line::Output(_, 7, []) => life += 1,
                    Line::Output(_, offset, bytes) => {
                        assert_eq!(offset as usize, output.len());
                        output.push_str(&String::from_utf8_lossy(bytes));
                    }
                    Line::Result(bytes) => story.push_str(&format!("{bytes:?}\n")),
                    Line::End(end) => story.push_str(&end.to_string()),
                }
            }
            assert!(bytes.is_empty(), "every byte is taken");
        }
        (output, story, life)
    }

    #[test]
    fn an_answer_reads_the_same_in_pieces_of_any_size() {
        let whole = read_in_pieces_of(usize::MAX);
        assert_eq!(whole.0, "end exit=0\n");
        assert_eq!(whole.2, 1);
        assert!(whole.1.ends_with("end exit=3 signal=0 cause=exit ms=1250 out=11 err=0\n"), "{}", whole.1);
        for size in 1..40 {
            assert_eq!(read_in_pieces_of(size), whole, "pieces of {size}");
        }
    }

    #[test]
    fn every_state_reads_back() {
        for (state, _) in STATES {
            let header = Header { state, boot: "b".into(), store: String::new(), epoch: Some(3) };
            assert_eq!(header.to_string().trim_end().parse(), Ok(header));
        }
    }

    #[test]
    fn garbage_is_an_error_and_is_never_kept_at_length() {
        for garbage in [&b"Welcome to web-1!\n"[..], b"stagger 2 started\n", b"stagger 1 asleep\n", &[b'x'; 1 << 20]] {
            let mut answers = Answers::default();
            assert!(answers.next(&mut &garbage[..]).is_err());
            assert!(answers.line.len() <= 2 * MAX_LINE);
        }
    }

    #[test]
    fn a_result_beyond_its_greatest_length_is_cut() {
        let mut bytes = b"stagger 1 done\n".to_vec();
        bytes.extend(result_frame(MAX_RESULT + 9).bytes());
        bytes.extend(vec![b'r'; MAX_RESULT + 9]);
        bytes.extend(END.to_string().bytes());
        let (mut answers, mut rest) = (Answers::default(), &bytes[..]);
        assert!(matches!(answers.next(&mut rest), Ok(Some(Line::Header(_)))));
        assert!(matches!(answers.next(&mut rest), Ok(Some(Line::Result(kept))) if kept.len() == MAX_RESULT));
        assert_eq!(answers.next(&mut rest), Ok(Some(Line::End(END))));
    }

    /// A small generator of numbers, the same for the same seed.
    fn shuffled(seed: u64) -> impl FnMut(usize) -> usize {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        move |below| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        }
    }

    #[test]
    fn a_broken_answer_is_read_or_refused_and_never_hands_on_more_than_came() {
        let mut refused = 0;
        for seed in 1..5_000 {
            let (mut random, mut bytes) = (shuffled(seed), answer());
            for _ in 0..=random(4) {
                let place = random(bytes.len());
                bytes[place] = random(256) as u8;
            }
            let (mut answers, mut handed_on) = (Answers::default(), 0);
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let mut piece = split(&mut rest, 1 + random(40));
                match answers.next(&mut piece) {
                    Ok(Some(Line::Output(_, _, output))) => handed_on += output.len(),
                    Ok(Some(Line::Result(result))) => handed_on += result.len(),
                    Ok(_) => {}
                    Err(_) => {
                        refused += 1;
                        break;
                    }
                }
            }
            assert!(handed_on <= bytes.len(), "seed {seed}");
        }
        assert!(refused > 500, "only {refused} of the broken answers were refused");
    }
}
