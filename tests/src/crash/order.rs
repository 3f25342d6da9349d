//! What went out of a lane in order is in that order where it arrived.

use std::collections::HashMap;

use handover_core::id::Key;
use handover_core::message::Message;
use handover_core::session::Session;
use uuid::Uuid;

use super::kept::Kept;
use super::site::Site;

/// What stands before something that was said earlier.
pub(super) fn wrongs(site: &Site, kept: &Kept) -> Vec<(String, String)> {
    let sids = site.twilio.messages().into_iter().map(|sms| sms.sid);
    let phones: HashMap<String, usize> = sids.zip(0..).collect();
    let rows = site.creatio.records("Activity").into_iter().map(|row| row.id());
    let rows: HashMap<Uuid, usize> = rows.zip(0..).collect();
    let on_phone = |_: &Session, message: &Message| {
        let sid = message.deliveries.first()?.provider_id.as_deref()?;
        phones.get(sid).copied()
    };
    let on_case = |session: &Session, message: &Message| {
        rows.get(&Key::entry(session.id, message.seq).uuid()).copied()
    };
    let mut wrongs = Vec::new();
    for kept in &kept.sessions {
        let (session, log) = (&kept.session, &*kept.log);
        wrongs.extend(out_of_order(session, log, "the phone", on_phone));
        wrongs.extend(out_of_order(session, log, "the case", on_case));
    }
    wrongs
}

fn out_of_order(
    session: &Session,
    log: &[Message],
    place: &str,
    position: impl Fn(&Session, &Message) -> Option<usize>,
) -> Vec<(String, String)> {
    let mut wrongs = Vec::new();
    let mut latest = None;
    for message in log {
        let Some(at) = position(session, message) else { continue };
        if latest.is_some_and(|latest| at < latest) {
            let what = format!("#{} of {} is too early on {place}", message.seq, session.id);
            wrongs.push((message.text.clone(), what));
        }
        latest = latest.max(Some(at));
    }
    wrongs
}
