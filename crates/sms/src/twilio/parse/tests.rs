use bytes::Bytes;
use form_urlencoded::Serializer;
use handover_core::event::{Author, ConsentWord, Event, Fact, Inbound, Report, Source};
use handover_core::identity::{Identity, Proof};
use handover_core::message::DeliveryState;
use handover_core::thread::Thread;
use handover_core::webhook::{Received, Rejection, Webhook};
use http::{Request, StatusCode};

use super::{media_type, state};
use crate::twilio::Twilio;
use crate::twilio::signature::{HEADER, sign, signed_params};
use crate::twilio::testing::{
    ACCOUNT, CUSTOMER, HOOK, OURS, SERVICE, SID, TOKEN, config, key, now, twilio, twilio_with,
};

fn form(params: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(params).finish()
}

fn post(url: &str, body: String) -> Request<Bytes> {
    let signature = sign(&TOKEN.into(), url, &signed_params(body.as_bytes())).unwrap();
    let request = Request::post(url).header(HEADER, signature);
    request.header("content-type", "application/x-www-form-urlencoded").body(body.into()).unwrap()
}

/// A text as Twilio posts it, with some parameters changed or added.
fn text(changes: &[(&str, &str)]) -> Request<Bytes> {
    let usual = [
        ("ToCountry", "US"),
        ("MessageSid", SID),
        ("SmsSid", SID),
        ("NumMedia", "0"),
        ("ToCity", ""),
        ("SmsStatus", "received"),
        ("Body", "Msg canary"),
        ("To", OURS),
        ("NumSegments", "1"),
        ("AccountSid", ACCOUNT),
        ("From", CUSTOMER),
        ("ApiVersion", "2010-04-01"),
    ];
    let kept = usual.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    post(HOOK, form(&kept.chain(changes).copied().collect::<Vec<_>>()))
}

fn status(changes: &[(&str, &str)]) -> Request<Bytes> {
    let usual = [
        ("MessageSid", SID),
        ("MessageStatus", "delivered"),
        ("SmsStatus", "delivered"),
        ("To", CUSTOMER),
        ("From", OURS),
        ("AccountSid", ACCOUNT),
    ];
    let kept = usual.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let body = form(&kept.chain(changes).copied().collect::<Vec<_>>());
    post(&format!("{HOOK}/status?key={}", key()), body)
}

fn receive(request: &Request<Bytes>) -> Result<Received, Rejection> {
    twilio().0.receive(request, now())
}

fn event(twilio: &Twilio, request: &Request<Bytes>) -> Event {
    twilio.receive(request, now()).unwrap().events.pop().unwrap()
}

fn inbound(changes: &[(&str, &str)]) -> Inbound {
    match event(&twilio().0, &text(changes)).fact {
        Fact::Message(inbound) => inbound,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_text_becomes_a_message_of_its_sender() {
    let (twilio, _) = twilio();
    let received = twilio.receive(&text(&[]), now()).unwrap();
    assert_eq!(received.response.status(), StatusCode::OK);
    assert_eq!(received.response.headers()["content-type"], "text/xml");
    let twiml = r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#;
    assert_eq!(received.response.body(), twiml);
    assert_eq!((received.ignored, received.pokes.len()), (0, 0));
    let [event] = received.events.try_into().unwrap();
    let channel = &twilio.config().channel;
    let from = Identity::tel(CUSTOMER, Proof::ChannelProven).unwrap();
    assert_eq!(event.id.as_str(), format!("sms-us:{SID}"));
    assert_eq!(event.at, now());
    assert_eq!(event.source, Source::Channel(channel.clone()));
    assert_eq!(event.author, Author::Person);
    let reply = Thread::channel(channel, format!("{OURS}|{CUSTOMER}"));
    assert_eq!(event.threads, [reply, Thread::customer(channel, &from)]);
    assert_eq!(event.fact, Fact::Message(Inbound::text(from, "Msg canary")));
}

#[test]
fn a_replay_has_the_id_of_the_original() {
    let (twilio, _) = twilio();
    let later = now() + chrono::TimeDelta::hours(1);
    let replay = twilio.receive(&text(&[]), later).unwrap();
    assert_eq!(event(&twilio, &text(&[])).id, replay.events[0].id);
}

#[test]
fn a_text_by_get_or_json_is_the_same_text() {
    let (twilio, _) = twilio();
    let params = [("MessageSid", SID), ("AccountSid", ACCOUNT), ("From", CUSTOMER), ("To", OURS)];
    let url = format!("{HOOK}?{}", form(&params));
    let signature = sign(&TOKEN.into(), &url, b"").unwrap();
    let get = Request::get(&url).header(HEADER, signature).body(Bytes::new()).unwrap();
    let json = r#"{"MessageSid":"S","AccountSid":"A","From":"F","To":"T","Body":"hi","Extra":[1]}"#;
    let json = json
        .replace("\"S\"", &format!("\"{SID}\""))
        .replace("\"A\"", &format!("\"{ACCOUNT}\""))
        .replace("\"F\"", &format!("\"{CUSTOMER}\""))
        .replace("\"T\"", &format!("\"{OURS}\""));
    let hash: String = <sha2::Sha256 as sha2::Digest>::digest(json.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let url = format!("{HOOK}?bodySHA256={hash}");
    let signature = sign(&TOKEN.into(), &url, b"").unwrap();
    let json = Request::post(&url)
        .header(HEADER, signature)
        .header("content-type", "application/json")
        .body(Bytes::from(json))
        .unwrap();
    for request in [get, json] {
        assert_eq!(event(&twilio, &request).id.as_str(), format!("sms-us:{SID}"));
    }
}

#[test]
fn an_unsigned_request_leaves_nothing() {
    let mut request = text(&[]);
    request.headers_mut().remove(HEADER);
    assert_eq!(receive(&request).unwrap_err(), Rejection::UNSIGNED);
}

#[test]
fn another_account_number_or_service_is_refused_after_the_signature() {
    for changes in [
        [("AccountSid", "AC00000000000000000000000000000002")].as_slice(),
        &[("AccountSid", "")],
        &[("To", "+12025550199")],
        &[("To", "whatsapp:+12025550100")],
    ] {
        let rejection = receive(&text(changes)).unwrap_err();
        assert_eq!(rejection.status, StatusCode::FORBIDDEN, "{changes:?}");
    }
    let (service, _) = twilio_with(config(SERVICE));
    let ours = text(&[("MessagingServiceSid", SERVICE)]);
    assert_eq!(event(&service, &ours).id.as_str(), format!("sms-us:{SID}"));
    for foreign in [text(&[]), text(&[("MessagingServiceSid", "MG2")])] {
        assert_eq!(service.receive(&foreign, now()).unwrap_err().reason, "recipient");
    }
    let foreign = status(&[("MessagingServiceSid", "MG2")]);
    assert_eq!(service.receive(&foreign, now()).unwrap_err().reason, "recipient");
}

#[test]
fn senders_that_cannot_be_answered_are_ignored_and_counted() {
    for from in ["12345", "TWILIO", "", "+266696687", "anonymous", OURS, "rcs:+14155550123", "+01"]
    {
        let received = receive(&text(&[("From", from)])).unwrap();
        let is_number = Identity::tel(from, Proof::Claimed).is_some() && from != OURS;
        assert_eq!(received.events.len(), usize::from(is_number), "{from}");
        assert_eq!(received.ignored, u32::from(!is_number), "{from}");
        assert_eq!(received.response.status(), StatusCode::OK);
    }
}

#[test]
fn unknown_parameters_and_control_characters_do_no_harm() {
    let said = inbound(&[("NewParam", "x"), ("Body", "a\0b\r\nc 2 < 3 & <b>")]);
    assert_eq!(said.text, "ab\nc 2 < 3 & <b>");
}

#[test]
fn what_cannot_be_read_is_refused() {
    let not_utf8 = post(HOOK, format!("{}&Body=%FF", form(&[("AccountSid", ACCOUNT)])));
    assert_eq!(receive(&not_utf8).unwrap_err().status, StatusCode::BAD_REQUEST);
    let query = format!("{HOOK}?x=%FF");
    assert_eq!(receive(&post(&query, String::new())).unwrap_err().status, StatusCode::BAD_REQUEST);
    let sidless = text(&[("MessageSid", ""), ("SmsSid", "")]);
    assert_eq!(receive(&sidless).unwrap_err().status, StatusCode::BAD_REQUEST);
    let odd = text(&[("MessageSid", "SM 1\n")]);
    assert_eq!(receive(&odd).unwrap_err().status, StatusCode::BAD_REQUEST);
    let long = text(&[("Body", &"x".repeat(1 << 20))]);
    assert_eq!(receive(&long).unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
    let put = Request::put(HOOK).body(Bytes::new()).unwrap();
    assert_eq!(receive(&put).unwrap_err().status, StatusCode::METHOD_NOT_ALLOWED);
}

#[test]
fn a_picture_message_keeps_all_its_files() {
    let url = |n: u32| format!("https://api.twilio.com/2010-04-01/Accounts/A/Messages/M/Media/{n}");
    let (first, second) = (url(0), url(1));
    let said = inbound(&[
        ("Body", ""),
        ("NumMedia", "2"),
        ("MediaUrl0", &first),
        ("MediaContentType0", "image/jpeg"),
        ("MediaUrl1", &second),
        ("MediaContentType1", "text/x-vcard"),
    ]);
    assert_eq!(said.text, "");
    let files: Vec<_> = said.files.iter().map(|file| file.reference.as_str()).collect();
    assert_eq!(files, [&first, &second]);
    assert_eq!(said.files[0].media_type.as_deref(), Some("image/jpeg"));
}

#[test]
fn num_media_lies_are_bounded() {
    for num_media in ["11", "-1", "many", "99999999999999999999", ""] {
        let names: Vec<_> = (0..12).filter(|n| *n != 1).map(|n| format!("MediaUrl{n}")).collect();
        let mut changes = vec![("NumMedia", num_media)];
        changes.extend(names.iter().map(|name| (name.as_str(), "https://evil.example/x")));
        let said = inbound(&changes);
        assert_eq!(said.files.len(), 9, "0 to 9 without the gap");
        assert_eq!(said.files[0].media_type, None);
    }
}

#[test]
fn a_media_type_is_short_and_plain() {
    assert_eq!(media_type("Image/JPEG").as_deref(), Some("image/jpeg"));
    for odd in ["", "jpeg", "image/jpeg\r\nx: y", "a/<script>"] {
        assert_eq!(media_type(odd), None, "{odd}");
    }
}

#[test]
fn consent_words_are_marked() {
    assert_eq!(inbound(&[("Body", " Stop ")]).consent, Some(ConsentWord::Stop));
    assert_eq!(inbound(&[("Body", "UNSTOP")]).consent, Some(ConsentWord::Start));
    let french = inbound(&[("Body", "arret"), ("OptOutType", "STOP")]);
    assert_eq!(french.consent, Some(ConsentWord::Stop));
    assert_eq!(inbound(&[("Body", "don't stop")]).consent, None);
}

#[test]
fn a_status_callback_is_a_receipt_under_our_key() {
    let received = receive(&status(&[])).unwrap();
    assert_eq!(received.response.status(), StatusCode::NO_CONTENT);
    let [event] = received.events.try_into().unwrap();
    assert_eq!(event.id.as_str(), format!("sms-us:{SID}.delivered"));
    assert_eq!(event.threads, [Thread::of_send(&key()).unwrap()]);
    assert_eq!(event.author, Author::Machine);
    let Fact::Receipt(Report { key: Some(told), delivery, .. }) = event.fact else { panic!() };
    assert_eq!(told, key());
    assert_eq!(delivery.state, DeliveryState::Delivered);
    assert_eq!(delivery.provider_id.as_deref(), Some(SID));
    assert_eq!(delivery.code, None);
}

#[test]
fn a_failed_delivery_keeps_the_code() {
    let request = status(&[("MessageStatus", "undelivered"), ("ErrorCode", "30007")]);
    let Fact::Receipt(Report { delivery, .. }) = event(&twilio().0, &request).fact else {
        panic!()
    };
    assert_eq!(delivery.state, DeliveryState::Failed);
    assert_eq!(delivery.code.as_deref(), Some("30007"));
    let request = status(&[("ErrorCode", "0")]);
    let Fact::Receipt(Report { delivery, .. }) = event(&twilio().0, &request).fact else {
        panic!()
    };
    assert_eq!(delivery.code, None);
}

#[test]
fn a_delivery_never_goes_back_whatever_the_order() {
    let (twilio, _) = twilio();
    let mut known = handover_core::message::Delivery::pending();
    for status_word in ["queued", "delivered", "sent", "sending"] {
        let request = status(&[("MessageStatus", status_word)]);
        let Fact::Receipt(Report { delivery, .. }) = event(&twilio, &request).fact else {
            panic!()
        };
        known.merge(&delivery);
    }
    assert_eq!(known.state, DeliveryState::Delivered);
}

#[test]
fn a_status_without_meaning_for_us_is_accepted_and_ignored() {
    let keyless = post(
        &format!("{HOOK}/status"),
        form(&[("AccountSid", ACCOUNT), ("MessageSid", SID), ("MessageStatus", "sent")]),
    );
    let body = form(&[("AccountSid", ACCOUNT), ("MessageSid", SID), ("MessageStatus", "sent")]);
    let other_key = post(&format!("{HOOK}/status?key=nonsense"), body);
    for request in [status(&[("MessageStatus", "teleported")]), keyless, other_key] {
        let received = receive(&request).unwrap();
        assert_eq!(received.response.status(), StatusCode::NO_CONTENT);
        assert_eq!((received.events.len(), received.ignored), (0, 1));
    }
}

#[test]
fn a_status_is_known_by_its_fields_on_any_path() {
    let body = form(&[("AccountSid", ACCOUNT), ("MessageSid", SID), ("MessageStatus", "sent")]);
    let request = post(&format!("{HOOK}?key={}", key()), body);
    assert!(matches!(event(&twilio().0, &request).fact, Fact::Receipt(_)));
}

#[test]
fn a_text_to_a_webhook_whose_path_ends_in_status_is_still_a_text() {
    let body = form(&[
        ("AccountSid", ACCOUNT),
        ("MessageSid", SID),
        ("SmsStatus", "received"),
        ("From", CUSTOMER),
        ("To", OURS),
    ]);
    let request = post(&format!("{HOOK}/status"), body);
    assert!(matches!(event(&twilio().0, &request).fact, Fact::Message(_)));
    let body = form(&[("AccountSid", ACCOUNT), ("SmsSid", SID), ("SmsStatus", "sent")]);
    let request = post(&format!("{HOOK}/status?key={}", key()), body);
    assert!(matches!(event(&twilio().0, &request).fact, Fact::Receipt(_)));
}

#[test]
fn every_documented_status_has_a_place() {
    let known = [
        ("accepted", DeliveryState::Accepted),
        ("scheduled", DeliveryState::Accepted),
        ("queued", DeliveryState::Accepted),
        ("sending", DeliveryState::Accepted),
        ("sent", DeliveryState::Sent),
        ("partially_delivered", DeliveryState::Sent),
        ("delivered", DeliveryState::Delivered),
        ("read", DeliveryState::Read),
        ("undelivered", DeliveryState::Failed),
        ("failed", DeliveryState::Failed),
        ("canceled", DeliveryState::Failed),
    ];
    for (status, place) in known {
        assert_eq!(state(status), Some(place), "{status}");
    }
    assert_eq!((state("receiving"), state("received")), (None, None));
}

#[test]
fn debug_shows_no_body_number_or_token() {
    let (twilio, _) = twilio();
    let event = event(&twilio, &text(&[("Body", "canary")]));
    let shown = format!("{event:?} {twilio:?}");
    for secret in ["canary", CUSTOMER, OURS, &CUSTOMER[1..]] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    let rejection = receive(&text(&[("To", "+12025550199")])).unwrap_err();
    assert!(!format!("{rejection} {rejection:?}").contains("2025550199"));
}
