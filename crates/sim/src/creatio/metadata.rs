//! The model of a tenant: `$metadata`.

use std::fmt::Write;

use super::schema::{Entity, Kind};
use super::tenant::Tenant;

/// CSDL as the platform writes it: no lengths, no defaults, a navigation property beside each
/// lookup, and one back for each that points here.
pub(crate) fn xml(tenant: &Tenant) -> String {
    let mut types = String::new();
    let mut sets = String::new();
    for (name, entity) in &tenant.entities {
        types.push_str(&entity_type(tenant, entity));
        append(
            &mut sets,
            format_args!("<EntitySet Name=\"{name}\" EntityType=\"{NAMESPACE}.{name}\"/>"),
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\
         <edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\
         <edmx:DataServices><Schema Namespace=\"{NAMESPACE}\" \
         xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">{types}\
         <EntityContainer Name=\"Container\">{sets}</EntityContainer></Schema>\
         </edmx:DataServices></edmx:Edmx>"
    )
}

fn entity_type(tenant: &Tenant, entity: &Entity) -> String {
    let name = &entity.name;
    let mut xml = format!("<EntityType Name=\"{name}\"><Key><PropertyRef Name=\"Id\"/></Key>");
    for column in &entity.columns {
        let edm = match column.kind {
            Kind::Bool => "Boolean",
            Kind::Date => "DateTimeOffset",
            Kind::Float => "Decimal",
            Kind::Guid | Kind::Lookup(_) => "Guid",
            Kind::Int => "Int32",
            Kind::Stream => "Stream",
            Kind::Text(_) => "String",
        };
        let must = if column.name == "Id" || column.name == entity.display {
            " Nullable=\"false\""
        } else {
            ""
        };
        append(
            &mut xml,
            format_args!("<Property Name=\"{}\" Type=\"Edm.{edm}\"{must}/>", column.property),
        );
    }
    for (column, target) in lookups(entity) {
        append(
            &mut xml,
            format_args!(
                "<NavigationProperty Name=\"{column}\" Type=\"{NAMESPACE}.{target}\" \
             Partner=\"{name}CollectionBy{column}\"/>"
            ),
        );
    }
    for other in tenant.entities.values() {
        for (column, _) in lookups(other).filter(|(_, target)| target == name) {
            append(
                &mut xml,
                format_args!(
                    "<NavigationProperty Name=\"{0}CollectionBy{column}\" \
                 Type=\"Collection({NAMESPACE}.{0})\" Partner=\"{column}\"/>",
                    other.name
                ),
            );
        }
    }
    xml.push_str("</EntityType>");
    xml
}

fn lookups(entity: &Entity) -> impl Iterator<Item = (&str, &str)> {
    entity.columns.iter().filter_map(|column| match &column.kind {
        Kind::Lookup(target) => Some((column.name.as_str(), target.as_str())),
        _ => None,
    })
}

/// Writing into a text cannot fail.
fn append(text: &mut String, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).unwrap_or_default();
}

const NAMESPACE: &str = "Terrasoft.Configuration.OData";
