//! `rtfs key`: signing identities and trust.

use std::io::Read as _;
use std::path::Path;

use rtfs_store::{
    Digest, KeyId, KeyInfo, LocateError, PublicKey, Signer as _, Statement, TrustSet,
    TrustStatement,
};
use serde::Serialize;

use crate::account::columns;
use crate::args::{
    Format, Global, KeyArgs, KeyCommand, KeyListArgs, KeyNewArgs, KeyRevokeArgs, KeyTrustArgs,
};
use crate::exit::Exit;
use crate::opened::{self, Opened};
use crate::output::Output;
use crate::problem::Problem;
use crate::safe_text;

pub(crate) fn key(args: &KeyArgs, global: &Global, output: &Output) -> Result<Exit, Problem> {
    let opened = opened::open(global)?;
    match &args.command {
        KeyCommand::New(args) => new(args, &opened, output),
        KeyCommand::List(args) => list(args, &opened, output),
        KeyCommand::Trust(args) => trust(args, &opened, output),
        KeyCommand::Revoke(args) => revoke(args, &opened, output),
    }?;
    Ok(Exit::Success)
}

fn new(args: &KeyNewArgs, opened: &Opened, output: &Output) -> Result<(), Problem> {
    let before = opened
        .keyring
        .list()?
        .into_iter()
        .find(|key| key.is_default);
    let key = opened.keyring.create(&args.label)?;
    let key = key.public_key();
    let trust = opened.store.trust()?;
    let replaces = before.is_some_and(|old| is_revoked(&trust, &old.key.id()));
    if args.default || replaces {
        opened.keyring.set_default(&key.id())?;
    }
    match args.output.format {
        Format::Text => output.value(&key.id().to_string()),
        Format::Json => output.json(&serde_json::json!({
            "key": key.id(),
            "label": args.label,
            "public_key": key.to_pem(),
        })),
    }
    let file = opened.keys_path.join(format!("{}.pub", key.id().hex()));
    output.note(&format!(
        "others can trust it with `rtfs key trust` of {}",
        file.display()
    ));
    Ok(())
}

/// JSON face of a key.
#[derive(Serialize)]
struct KeyReport {
    key: String,
    state: &'static str,
    default: bool,
    can_sign: bool,
    label: Option<String>,
    reason: Option<String>,
    public_key: Option<String>,
}

fn list(args: &KeyListArgs, opened: &Opened, output: &Output) -> Result<(), Problem> {
    let trust = opened.store.trust()?;
    let keys = reports(&opened.keyring.list()?, &trust);
    let digests: Vec<_> = trust.revoked_digests().collect();
    if args.output.format == Format::Json {
        let digests: Vec<_> = digests
            .iter()
            .map(|(digest, reason)| serde_json::json!({ "digest": digest, "reason": reason }))
            .collect();
        output.json(&serde_json::json!({ "keys": keys, "revoked_digests": digests }));
        return Ok(());
    }
    let of_keys = keys.iter().map(|key| {
        let role = match (key.default, key.can_sign) {
            (true, _) => "default",
            (false, true) => "signs",
            (false, false) => "",
        };
        let text = key.reason.as_ref().or(key.label.as_ref());
        [
            key.key.clone(),
            key.state.to_owned(),
            role.to_owned(),
            safe_text::line(text.map_or("", |text| text)),
        ]
    });
    let of_digests = digests.iter().map(|(digest, reason)| {
        let state = "revoked digest".to_owned();
        [
            digest.to_string(),
            state,
            String::new(),
            safe_text::line(reason),
        ]
    });
    let rows: Vec<_> = of_keys.chain(of_digests).collect();
    columns(&rows, output);
    if rows.is_empty() {
        output
            .note("no keys yet; the first is made when something is signed, or by `rtfs key new`");
    }
    Ok(())
}

/// Own keys, keys trusted by statement, and revoked keys that are neither.
fn reports(own: &[KeyInfo], trust: &TrustSet) -> Vec<KeyReport> {
    let reason = |id: &KeyId| {
        let mut revoked = trust.revoked_keys();
        revoked
            .find(|(key, _)| key == id)
            .map(|(_, reason)| reason.to_owned())
    };
    let mut reports: Vec<KeyReport> = own
        .iter()
        .map(|info| {
            let reason = reason(&info.key.id());
            KeyReport {
                key: info.key.id().to_string(),
                state: if reason.is_some() { "revoked" } else { "own" },
                default: info.is_default,
                can_sign: info.has_secret,
                label: Some(info.label.clone()),
                reason,
                public_key: Some(info.key.to_pem()),
            }
        })
        .collect();
    let is_own = |id: &KeyId| own.iter().any(|info| info.key.id() == *id);
    let others = trust.keys().filter(|key| !is_own(&key.key.id()));
    reports.extend(others.map(|trusted| KeyReport {
        key: trusted.key.id().to_string(),
        state: "trusted",
        default: false,
        can_sign: false,
        label: trusted.label.clone(),
        reason: None,
        public_key: Some(trusted.key.to_pem()),
    }));
    let revoked = trust.revoked_keys().filter(|(key, _)| !is_own(key));
    reports.extend(revoked.map(|(key, reason)| KeyReport {
        key: key.to_string(),
        state: "revoked",
        default: false,
        can_sign: false,
        label: None,
        reason: Some(reason.to_owned()),
        public_key: None,
    }));
    reports
}

fn trust(args: &KeyTrustArgs, opened: &Opened, output: &Output) -> Result<(), Problem> {
    let key = read_key(&args.file)?;
    let id = key.id();
    let trust = opened.store.trust()?;
    if is_revoked(&trust, &id) {
        return Err(Problem::refused(format!(
            "key {id} is revoked, and revocation is final"
        )));
    }
    let statement = TrustStatement::TrustKey {
        key: key.to_der(),
        label: args.label.clone(),
    };
    opened.store.put_trust(statement, &opened.signer()?)?;
    output.value(&id.to_string());
    Ok(())
}

fn read_key(path: &Path) -> Result<PublicKey, Problem> {
    // A key is some hundred bytes; what is longer is something else.
    const LIMIT_BYTES: u64 = 64 << 10;
    let mut text = String::new();
    let name = path.display();
    let read = if path == Path::new("-") {
        std::io::stdin().take(LIMIT_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LIMIT_BYTES).read_to_string(&mut text))
    };
    read.map_err(|error| Problem::failed(format!("cannot read `{name}`: {error}")))?;
    PublicKey::from_pem(&text).map_err(|_| {
        Problem::failed(format!("`{name}` holds no Ed25519 public key in PEM"))
            .next("it looks like -----BEGIN PUBLIC KEY-----; never hand out a PRIVATE KEY")
    })
}

fn revoke(args: &KeyRevokeArgs, opened: &Opened, output: &Output) -> Result<(), Problem> {
    let (key, digest) = match (args.target.parse::<KeyId>(), args.target.parse::<Digest>()) {
        (Ok(key), Ok(digest)) => (key, digest),
        _ => {
            let what = safe_text::line(&args.target);
            return Err(
                Problem::failed(format!("`{what}` is no full identity or digest"))
                    .next("`rtfs key list` and `rtfs show MODULE` print them"),
            );
        }
    };
    let is_key = args.key || (!args.digest && is_known_key(opened, &key)?);
    if !is_key && !args.digest && !is_known_digest(opened, &digest)? {
        let text = format!("neither a key known here nor anything in the store is {digest}");
        return Err(Problem::failed(text).next("say which it is: `--key` or `--digest`"));
    }
    let reason = args.reason.clone();
    let statement = match is_key {
        true => TrustStatement::RevokeKey { key, reason },
        false => TrustStatement::RevokeDigest { digest, reason },
    };
    // A key that is itself revoked may still revoke: it can only take trust away.
    let signer = opened.any_signer()?;
    opened.store.put_trust(statement, &signer)?;
    let what = if is_key { "key" } else { "digest" };
    output.value(&format!("revoked {what} {digest}"));
    if is_key && signer.public_key().id() == key {
        output.note("it signed here by default; make another with `rtfs key new`");
    }
    Ok(())
}

fn is_known_key(opened: &Opened, key: &KeyId) -> Result<bool, Problem> {
    let trust = opened.store.trust()?;
    if trust.keys().any(|known| known.key.id() == *key) || is_revoked(&trust, key) {
        return Ok(true);
    }
    // Strangers whose records are here.
    let claims = |entry: &rtfs_store::Entry| match entry.record.verdict() {
        rtfs_store::Verdict::UnknownSigner { claimed } => claimed.contains(key),
        _ => false,
    };
    Ok(opened.store.catalogue()?.iter().any(claims))
}

fn is_known_digest(opened: &Opened, digest: &Digest) -> Result<bool, Problem> {
    if opened.store.blob_size_bytes(digest)?.is_some() {
        return Ok(true);
    }
    match opened.store.locate(&digest.to_string()) {
        Ok(_) | Err(LocateError::Dangling { .. }) => return Ok(true),
        Err(LocateError::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    // The text of a source has a digest too.
    let entries = opened.store.catalogue()?;
    let mut records = entries
        .iter()
        .map(|entry| entry.record.statement_unverified());
    Ok(records.any(|statement| match statement {
        Some(Statement::Module(module)) => {
            module.source.is_some_and(|source| source.plain == *digest)
        }
        _ => false,
    }))
}

fn is_revoked(trust: &TrustSet, key: &KeyId) -> bool {
    trust.revoked_keys().any(|(revoked, _)| revoked == *key)
}
