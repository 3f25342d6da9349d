use super::{is_automatic, trimmed};

#[test]
fn what_a_mail_quotes_is_cut_off() {
    for (mail, own) in [
        ("Thanks!\n\nOn Mon, 1 Jan 2026, Ann <a@b.example> wrote:\n> Hello\n> there", "Thanks!"),
        (
            "Thanks!\n\nOn Mon, 1 Jan 2026 at 10:00 Ann Onymous\n<a@b.example> wrote:\n\n> Hello",
            "Thanks!",
        ),
        ("Danke\n\nAm Mo., 1. Jan. 2026 um 10:00 schrieb:\n> Hallo", "Danke"),
        ("Ok\n-----Original Message-----\nFrom: x", "Ok"),
        ("Ok\n\n________________________________\nFrom: Ann\nSent: Monday", "Ok"),
        ("Ok\n\nFrom: Ann\nSent: Monday\nTo: Bob", "Ok"),
        ("Yes\n> first\n>\n> second\n", "Yes"),
        // An answer between the lines stays whole.
        ("> first\nyes\n> second\nno", "> first\nyes\n> second\nno"),
        ("> all of it\n> is quoted", "> all of it\n> is quoted"),
        ("From: is a word, too", "From: is a word, too"),
        ("On my way.\nShe wrote me.", "On my way.\nShe wrote me."),
        ("", ""),
    ] {
        assert_eq!(trimmed(mail), own, "{mail}");
    }
}

#[test]
fn machines_are_known_by_subject_or_sender() {
    assert!(is_automatic("Automatic reply: Order", "ann@b.example"));
    assert!(is_automatic("OUT OF OFFICE until Monday", "ann@b.example"));
    assert!(is_automatic("Order", "MAILER-DAEMON@b.example"));
    assert!(is_automatic("Order", "no-reply@b.example"));
    assert!(!is_automatic("Order", "ann@b.example"));
    assert!(!is_automatic("Automobile", "reply@b.example"));
}

/// Each line would look at all that follow it, were their ends not looked for once.
#[test]
fn a_long_quotation_that_is_answered_below_is_read_in_one_go() {
    let mail = format!("{}yes", "> line\n".repeat(150_000));
    assert_eq!(trimmed(&mail), mail);
}
