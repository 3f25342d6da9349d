use std::collections::BTreeSet;

/// Something odd about a tenant, for as long as it is switched on with
/// [`Creatio::quirk`](super::Creatio::quirk).
///
/// Where nobody knows which of two things a live tenant does, one of them is a quirk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Quirk {
    /// The last answer of every batch is missing, though the request was performed.
    BatchAnswersFewer,
    /// A batch is answered in `multipart/mixed`, whatever was asked for.
    BatchAnswersMultipart,
    /// The answers of a batch come in reverse order.
    BatchAnswersReversed,
    /// The last answer of every batch carries the id of the first.
    BatchIdsDoubled,
    /// A time without a zone is stored as the year 1, with success, instead of being refused.
    DatesWithoutZoneVanish,
    /// A row that is created is answered 201 without a body.
    CreatedWithoutBody,
    /// Errors of OData come with status 200.
    ErrorsAre200,
    /// File contents live in an external storage that OData cannot reach: `…/Data` is refused.
    ExternalStorage,
    /// The last byte of every file is lost on the way to the storage; `Size` looks right.
    FilesLoseBytes,
    /// A login sets each cookie twice, an expired one of the same name first.
    LoginCookiesTwice,
    /// A login's cookies name no path.
    LoginCookiesWithoutPath,
    /// A login is answered without its `Code`.
    LoginWithoutCode,
    /// Numbers come as text, as `IEEE754Compatible=true` allows.
    NumbersAsText,
    /// The user's password has run out: a login is refused and names the page to change it.
    PasswordExpired,
    /// More rows than a page holds are a 500 instead of being cut off.
    RowCapIsError,
    /// The model is out of date: a read without `$select` is a 500.
    StaleModel,
    /// A token is good for the time it says in `expires_in: "3600"`, as text.
    TokenExpiryAsText,
    /// A token says `expires_in: 0` and works all the same.
    TokenExpiryZero,
    /// A token does not say how long it is good for.
    TokenWithoutExpiry,
    /// An entity set that does not exist is a 401 without a word, as seen under cookies.
    UnknownSetIs401,
    /// An entity set that does not exist is a routing error in JSON instead of IIS' page.
    UnknownSetIsJson,
}

pub(crate) type Quirks = BTreeSet<Quirk>;
