//! Grants as typed on the command line.

/// One `--grant`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// Host calls to this capability.
    Capability(String),
}

impl Grant {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("cap", id)) if !id.is_empty() => Ok(Self::Capability(id.to_owned())),
            Some(("cap", _)) => Err("`cap:` needs a capability id, e.g. `cap:ccos.echo`".into()),
            _ => Err(format!("unknown grant `{text}`; write `cap:ID`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capability_grants_need_an_id() {
        assert_eq!(
            Grant::parse("cap:ccos.echo"),
            Ok(Grant::Capability("ccos.echo".into()))
        );
        assert!(Grant::parse("cap:").is_err());
        assert!(Grant::parse("dir:/tmp").is_err());
        assert!(Grant::parse("ccos.echo").is_err());
    }
}
