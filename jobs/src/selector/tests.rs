use super::*;

/// A host from `name key=value key=value @group`.
fn host(line: &str) -> Host {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default().into();
    let (groups, labels): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with('@'));
    Host {
        name,
        labels: Arc::new(labels.iter().filter_map(|l| l.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect()),
        groups: groups.iter().map(|group| group[1..].to_owned()).collect(),
        connection: serde_json::Value::Null,
    }
}

/// Checks which of a small fleet a selector means; only the names' endings are written.
#[track_caller]
fn check(text: &str, meant: &str) {
    let fleet = [
        "web-001 role=web env=prod dc=sh @canaries",
        "web-002 role=web env=prod dc=bj",
        "web-003 role=web env=stage dc=bj",
        "db-1 role=db env=prod retired=yes @storage",
        "api-1 role=api env=prod",
    ];
    let selector = Selector::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let found: Vec<String> =
        fleet.iter().map(|line| host(line)).filter(|h| selector.matches(h)).map(|h| h.name.to_string()).collect();
    assert_eq!(found.join(" "), meant, "for {text}");
}

#[test]
fn selectors_mean_what_an_operator_expects() {
    check("all", "web-001 web-002 web-003 db-1 api-1");
    check("*", "web-001 web-002 web-003 db-1 api-1");
    check("role=web and env in (prod, stage) and not dc=sh", "web-002 web-003");
    check("role=web and (dc=sh or env=stage)", "web-001 web-003");
    check("role=db or role=web and dc=sh", "web-001 db-1");
    check("role!=web", "db-1 api-1");
    check("role == web", "web-001 web-002 web-003");
    check("dc != bj", "web-001 db-1 api-1");
    check("role not in (web, api)", "db-1");
    check("name=web-[001-002]", "web-001 web-002");
    check("name in (web-{001,003}, db-*)", "web-001 web-003 db-1");
    check("has dc", "web-001 web-002 web-003");
    check("not has dc", "db-1 api-1");
    check("dc=*", "web-001 web-002 web-003");
    check("group=canaries", "web-001");
    check("env='prod' and role=\"d?\"", "db-1");
    check("Role=web", "");
    check("role=WEB", "");
}

#[test]
fn habits_of_ansible_salt_and_kubernetes_work() {
    check("web-*", "web-001 web-002 web-003");
    check("canaries or db-1", "web-001 db-1");
    check("env=prod,role in (web,api),!retired", "web-001 web-002 api-1");
    check("env=prod,!retired", "web-001 web-002 api-1");
    check("!web-*,!canaries,!storage", "api-1");
    check("!role=web", "db-1 api-1");
    check("!(role=web or role=db)", "api-1");
    check("not not !retired", "web-001 web-002 web-003 api-1");
}

#[test]
fn names_select_exactly_those() {
    let some = Selector::names(&["web-1".into(), "web-3".into()]);
    let again = Selector::parse(some.as_str()).expect("its own text");
    for selector in [&some, &again] {
        assert_eq!(["web-1", "web-2", "web-3"].map(|name| selector.matches(&host(name))), [true, false, true]);
    }
    let none = Selector::names(&[]);
    assert!(
        !none.matches(&host("web-1")) && !Selector::parse(none.as_str()).expect("its own text").matches(&host("web-1"))
    );
}

#[test]
fn text_is_kept_and_survives_json() {
    let selector = Selector::parse(" role = web  and name=web-* ").expect("valid");
    assert_eq!(selector.to_string(), "role = web  and name=web-*");
    let json = serde_json::to_string(&selector).expect("text");
    let again: Selector = serde_json::from_str(&json).expect("text");
    assert_eq!(again, selector);
    assert!(again.matches(&host("web-9 role=web")));
    assert_eq!(selector.labels(), BTreeSet::from(["role"]));
    assert!(serde_json::from_str::<Selector>("\"role=\"").is_err());
}

#[test]
fn errors_say_where_and_what_to_write() {
    let table: String = [
        "",
        "role=",
        "role=web adn env=prod",
        "role=web env=prod",
        "role=web AND env=prod",
        "role in web",
        "role in (web",
        "role in (web api)",
        "role in ()",
        "(role=web",
        "role=web)",
        "((role=web) env=prod)",
        "role=web and",
        "and role=web",
        "role=web && env=prod",
        "role=web || env=prod",
        "web:&prod",
        "G@os:Debian",
        "ro*=web",
        "name=web[",
        "name=web[9-1]",
        "name=web-{a",
        "role='web",
        "cpu>4",
        "!",
        "not",
        "has",
        "has (dc)",
        "role=web,",
        "name~web",
        "role in (a,,b)",
        "=web",
    ]
    .iter()
    .map(|text| match Selector::parse(text) {
        Ok(_) => panic!("{text:?} was taken"),
        Err(error) => format!("{text}\n{}^ {}; {}\n\n", " ".repeat(error.offset), error.message, error.hint),
    })
    .collect();
    insta::assert_snapshot!(table);
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = |n: usize| format!("{}role=web{}", "(".repeat(n), ")".repeat(n));
    assert!(Selector::parse(&deep(DEEPEST - 1)).is_ok());
    assert!(Selector::parse(&deep(DEEPEST)).is_err());
    assert!(Selector::parse(&"not ".repeat(100_000)).is_err());
    assert!(Selector::parse(&"!".repeat(100_000)).is_err());
    assert!(Selector::parse(&"a".repeat(LONGEST + 1)).is_err());
}

#[test]
fn ten_thousand_names_are_read_and_asked_quickly() {
    let names: Vec<HostName> = (0..10_000).map(|n| format!("web-{n:05}").into()).collect();
    let selector = Selector::parse(Selector::names(&names).as_str()).expect("its own text");
    assert!(names.iter().all(|name| selector.matches(&host(name.as_str()))));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z0-9 =!,()\\[\\]{}*?'\"&|:@中-]{0,60}") {
        if let Err(error) = Selector::parse(&text) {
            proptest::prop_assert!(error.offset <= text.chars().count());
            proptest::prop_assert!(!error.hint.is_empty());
        }
    }

    #[test]
    fn negation_is_the_complement(text in "(role|dc|name)(=|!=)(web|db|\\*|w[a-e]b)( (and|or) (role|env)=(web|prod))?") {
        let (plain, negated) = (Selector::parse(&text).expect("valid"), Selector::parse(&format!("not ({text})")).expect("valid"));
        for line in ["web role=web env=prod", "db dc=web", "wcb role=db dc=db"] {
            proptest::prop_assert_ne!(plain.matches(&host(line)), negated.matches(&host(line)));
        }
    }
}
