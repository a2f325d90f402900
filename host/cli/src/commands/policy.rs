//! `rtfs policy`: what the store asks of components before it takes them.

use rtfs_store::{StorePolicy, TrustStatement};

use crate::args::{Format, Global, PolicyArgs, Switch};
use crate::exit::Exit;
use crate::opened::{self, Opened};
use crate::output::Output;
use crate::problem::Problem;

pub(crate) fn policy(args: &PolicyArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let opened = opened::open(global)?;
    if let Some(switch) = args.require_summary {
        set(switch == Switch::On, &opened)?;
    }
    let StorePolicy {
        require_summary, ..
    } = opened.store.trust()?.policy();
    match args.output.format {
        Format::Text => {
            let switch = if require_summary { "on" } else { "off" };
            output.value(&format!("require-summary\t{switch}"));
        }
        Format::Json => output.json(&serde_json::json!({ "require-summary": require_summary })),
    }
    Ok(Exit::Success)
}

fn set(require_summary: bool, opened: &Opened) -> Result<(), Problem> {
    let before = opened.store.trust()?.policy();
    if before.require_summary == require_summary {
        return Ok(());
    }
    let sequence = before.sequence.checked_add(1);
    let statement = TrustStatement::SetPolicy {
        sequence: sequence.ok_or_else(|| Problem::failed("no later policy can be said"))?,
        require_summary,
    };
    opened.store.put_trust(statement, &opened.signer()?)?;
    Ok(())
}
