//! What a test that runs for days looks at once, and the account then forgets.

use chrono::{DateTime, Utc};

use super::{Message, Twilio};

impl Twilio {
    /// The messages since this was asked last, oldest first.
    pub fn new_messages(&self) -> Vec<Message> {
        let mut state = self.state();
        let all = state.messages.len();
        let from = std::mem::replace(&mut state.shown, all);
        state.messages[from..].to_vec()
    }

    /// Forgets the requests so far, and the messages from before `time` as if they had been
    /// deleted.
    pub fn forget_before(&self, time: DateTime<Utc>) {
        let mut state = self.state();
        state.log.clear();
        let old = state.messages.forget_before(time);
        state.shown = state.shown.saturating_sub(old);
    }
}
