use handover_core::probe::Check;
use uuid::Uuid;

use super::failed;
use crate::column::{Column, Entity};
use crate::creatio::Creatio;
use crate::entities::{self, base, flag};
use crate::parse::Row;

impl Creatio {
    /// Whether every configured id is there and is of the right kind.
    pub(super) async fn check_ids(&self, checks: &mut Vec<Check>) {
        let config = self.config();
        if let Some(id) = config.owner {
            let row = self.look(id, &entities::CONTACT, &[base::ID]).await;
            checks.push(judge("default_owner_id", row, OWNER_FIX, |_| Ok("it is a contact")));
        }
        if let Some(id) = config.group {
            let columns = [base::ID, flag::UNIT_KIND];
            let row = self.look(id, &entities::SYS_ADMIN_UNIT, &columns).await;
            checks.push(judge("default_group_id", row, GROUP_FIX, |row| {
                match row.number(&flag::UNIT_KIND) {
                    Some(4 | 5) => Err("it is a user, not a role"),
                    _ => Ok("it is a role"),
                }
            }));
        }
        let Some(id) = config.resolved else {
            checks.push(Check::warning(
                "resolved_status_id",
                "cases keep their status when the assistant settles the matter",
                "set it to the id of your CaseStatus row for resolved cases, if that is not wanted",
            ));
            return;
        };
        let columns = [base::ID, flag::IS_RESOLVED, flag::IS_FINAL];
        let row = self.look(id, &entities::CASE_STATUS, &columns).await;
        checks.push(judge("resolved_status_id", row, STATUS_FIX, |row| {
            match row.flag(&flag::IS_RESOLVED) || row.flag(&flag::IS_FINAL) {
                true => Ok("it is a status of cases that are over"),
                false => Err("the status is neither resolved nor final"),
            }
        }));
    }

    /// Whether the tenant's statuses say, by their flags, which cases are over.
    pub(super) async fn check_statuses(&self, checks: &mut Vec<Check>) {
        let name = "case statuses";
        let over = self.0.lookups.some_resolved_status(self.client()).await;
        let open = self.0.lookups.reopened_status(self.client()).await;
        checks.push(match (over, open) {
            (Ok(Some(_)), Ok(Some(_))) => Check::proven(name, "flags tell open cases from others"),
            (Ok(None), Ok(_)) => Check::broken(
                name,
                "no status has IsResolved or IsFinal",
                "set the flags in Creatio's lookup of case statuses, and let the integration's \
                 user read it",
            ),
            (Ok(_), Ok(None)) => Check::broken(
                name,
                "every status is resolved, final or paused",
                "correct the flags in Creatio's lookup of case statuses",
            ),
            (Err(error), _) | (_, Err(error)) => failed(name, &error),
        });
    }

    async fn look(
        &self,
        id: Uuid,
        entity: &Entity,
        columns: &[Column],
    ) -> Result<Option<Row>, handover_core::error::Error> {
        self.client().get(entity, id, columns).await
    }
}

fn judge(
    key: &str,
    row: Result<Option<Row>, handover_core::error::Error>,
    fix: &str,
    kind: impl Fn(&Row) -> Result<&'static str, &'static str>,
) -> Check {
    match row {
        Ok(Some(row)) => match kind(&row) {
            Ok(seen) => Check::proven(key, seen),
            Err(seen) => Check::broken(key, seen, fix),
        },
        Ok(None) => Check::broken(key, "no such row, or it cannot be seen", fix),
        Err(error) => failed(key, &error),
    }
}

const OWNER_FIX: &str = "use the Id of the user's contact, not of the user";
const GROUP_FIX: &str =
    "use the Id of a role (SysAdminUnit), and let the integration's user read it";
const STATUS_FIX: &str = "use the Id of a CaseStatus row that has IsResolved or IsFinal";
