use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use futures_core::Stream;
use handover_core::error::Error;

use super::{Mark, Pages, key};
use crate::parse::Row;

/// All rows of a query, as a stream that ends after an error.
///
/// [`Rows::mark`] is where to go on: behind the last row that was taken from the stream.
#[must_use = "a stream reads nothing until it is polled"]
pub struct Rows {
    state: State,
    mark: Mark,
}

enum State {
    Done,
    Reading(Pin<Box<dyn Future<Output = Read> + Send>>),
    Ready(Box<Pages>, IntoIter<Row>),
}

type Read = (Box<Pages>, Result<Option<Vec<Row>>, Error>);

impl Rows {
    pub(super) fn new(pages: Pages) -> Self {
        let mark = pages.mark().clone();
        Self { state: State::Ready(Box::new(pages), Vec::new().into_iter()), mark }
    }

    /// Goes on behind `mark`. It is called before the first row is taken.
    pub fn after(self, mark: Mark) -> Self {
        match self.state {
            State::Ready(pages, _) => Self::new(pages.after(mark)),
            state => Self { state, ..self },
        }
    }

    /// How far the rows so far reach.
    pub fn mark(&self) -> &Mark {
        &self.mark
    }
}

/// # Cancel safety
/// Between two polls nothing is lost; a dropped stream is taken up again at its mark.
impl Stream for Rows {
    type Item = Result<Row, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Done => return Poll::Ready(None),
                State::Ready(pages, mut rows) => {
                    if let Some(row) = rows.next() {
                        if let Some((id, at)) = key(&row, &pages.by) {
                            self.mark.tell(id, at);
                        }
                        self.state = State::Ready(pages, rows);
                        return Poll::Ready(Some(Ok(row)));
                    }
                    self.state = State::Reading(Box::pin(read(pages)));
                }
                State::Reading(mut reading) => {
                    let Poll::Ready((pages, read)) = reading.as_mut().poll(cx) else {
                        self.state = State::Reading(reading);
                        return Poll::Pending;
                    };
                    match read {
                        Ok(Some(rows)) => self.state = State::Ready(pages, rows.into_iter()),
                        Ok(None) => return Poll::Ready(None),
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
            }
        }
    }
}

async fn read(mut pages: Box<Pages>) -> Read {
    let read = pages.next().await;
    (pages, read)
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}
