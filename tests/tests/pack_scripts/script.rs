//! script.run: the text of a template under an interpreter of the host.

use crate::host::on_every_shell;

#[test]
fn a_text_runs_as_if_it_were_the_script() {
    on_every_shell(|host| {
        let text = "printf 'a=1\\n' >>\"$STAGGER_OUTPUT\"\npwd\necho 'no such thing' >&2\nexit 42";
        let ended = host.run("script.run", &[("script", text), ("directory", "/usr")]).failed(42, "no such thing");
        assert_eq!((ended.get("a"), ended.said.as_str()), ("1", "/usr\n"));
    });
}

#[test]
fn another_interpreter_takes_the_text_in_its_own_way() {
    on_every_shell(|host| {
        host.fake("perl", "");
        host.fake("python3", "");
        host.run("script.run", &[("script", "print 1"), ("interpreter", "perl")]).succeeded();
        host.run("script.run", &[("script", "print(1)"), ("interpreter", "python3")]).succeeded();
        assert_eq!(host.calls(), ["perl -e print 1", "python3 -c print(1)"]);
    });
}

#[test]
fn what_is_missing_is_said() {
    on_every_shell(|host| {
        let ended = host.run("script.run", &[("script", "1"), ("interpreter", "lua")]);
        ended.failed(3, "there is no 'lua' on this host; install it, or name another interpreter");
        host.run("script.run", &[("script", "")]).failed(2, "the parameter 'script' is empty");
        let ended = host.run("script.run", &[("script", "true"), ("directory", "/no/such")]);
        ended.failed(2, "cannot enter the directory '/no/such'");
    });
}
