//! Bytes of any origin to programs.

use rtfs_value::error::{ErrorKind, Family};
use rtfs_value::types::{self, Type};
use rtfs_value::{BuiltinId, library};

use super::wire::{Head, Reader};
use super::{DecodeError, MAX_ENCODED_NESTING, SCHEMA_VERSION};
use crate::guard::nested;
use crate::node::{
    CatchClause, CatchSelector, Datum, Declaration, DelegationHint, GlobalId, GlobalInfo, Import,
    Lambda, LetBinding, Literal, MapPatternEntry, MatchClause, ModuleInfo, Node, NodeId, NodeKind,
    Param, Pattern, Place, Program, RestParam, Slot, SlotInfo, TopForm,
};

type Read<T> = Result<T, DecodeError>;

/// The program of an encoding that may not be canonical and may refer to nothing.
pub(super) fn program(bytes: &[u8]) -> Read<Program> {
    let mut decoder = Decoder {
        input: Reader::new(bytes),
        next_id: 0,
        depth: 0,
        slots_left: bytes.len(),
    };
    let program = decoder.program()?;
    match decoder.input.is_at_end() {
        true => Ok(program),
        false => decoder.input.malformed("the end"),
    }
}

struct Decoder<'b> {
    input: Reader<'b>,
    next_id: u32,
    depth: usize,
    /// Every slot is bound by some item, so all honest counts together cannot exceed the bytes.
    slots_left: usize,
}

impl Decoder<'_> {
    fn program(&mut self) -> Read<Program> {
        self.input.array_of(4)?;
        let version = self.input.uint()?;
        if version != u64::from(SCHEMA_VERSION) {
            return Err(DecodeError::UnknownVersion(version));
        }
        let globals = self.many(Self::global)?;
        let module = self.optional(Self::module)?;
        let forms = self.many(|this| {
            this.input.array_of(2)?;
            let slots = this.slots()?;
            Ok(TopForm {
                node: this.node()?,
                slots,
            })
        })?;
        Ok(Program {
            globals,
            module,
            forms,
        })
    }

    fn global(&mut self) -> Read<GlobalInfo> {
        self.input.array_of(4)?;
        let name = self.string()?;
        let definitions = self.input.u32()?;
        let fallback = match self.bool()? {
            true => Some(builtin(bare(&name))?),
            false => None,
        };
        let declared = self.optional(Self::declaration)?;
        Ok(GlobalInfo {
            name,
            definitions,
            declared,
            fallback,
        })
    }

    fn declaration(&mut self) -> Read<Declaration> {
        self.input.array_of(4)?;
        let params = self.many(|this| {
            this.input.array_of(2)?;
            Ok((this.string()?, this.ty()?))
        })?;
        let rest = self.optional(Self::ty)?;
        let result = self.ty()?;
        let capabilities = self.many(Self::string)?;
        Ok(Declaration {
            params,
            rest,
            result,
            capabilities,
        })
    }

    fn module(&mut self) -> Read<ModuleInfo> {
        self.input.array_of(2)?;
        Ok(ModuleInfo {
            name: self.string()?,
            exports: self.many(Self::global_id)?,
        })
    }

    fn slots(&mut self) -> Read<Vec<SlotInfo>> {
        self.input.array_of(2)?;
        let at = self.input.at;
        let n_slots = self.input.u32()? as usize;
        if n_slots > self.slots_left {
            self.input.at = at;
            return self.input.malformed("a number of slots");
        }
        self.slots_left -= n_slots;
        let mut slots = vec![
            SlotInfo {
                name: String::new(),
                cell: false
            };
            n_slots
        ];
        for cell in self.many(|this| this.input.u32())? {
            match slots.get_mut(cell as usize) {
                Some(slot) => slot.cell = true,
                None => return self.input.malformed("slots that exist"),
            }
        }
        Ok(slots)
    }

    /// One level of nesting, with the code and the number of fields of its array.
    fn coded<T>(&mut self, read: impl FnOnce(&mut Self, u64, u64) -> Read<T>) -> Read<T> {
        if self.depth >= MAX_ENCODED_NESTING {
            return Err(DecodeError::TooDeep);
        }
        self.depth += 1;
        let result = nested(|| {
            let n_items = self.input.array()?;
            let code = self.input.uint()?;
            read(self, code, n_items.wrapping_sub(1))
        });
        self.depth -= 1;
        result
    }

    fn node(&mut self) -> Read<Node> {
        let id = NodeId(self.next_id);
        // A node takes more than one byte, and inputs are shorter than 4 GiB.
        self.next_id = self.next_id.saturating_add(1);
        let kind = self.coded(Self::kind)?;
        Ok(Node {
            id,
            ty: Type::Any,
            kind,
        })
    }

    fn kind(&mut self, code: u64, n_fields: u64) -> Read<NodeKind> {
        Ok(match (code, n_fields) {
            (0, 1) => NodeKind::Literal(self.literal()?),
            (1, 1) => NodeKind::Quote(self.datum()?),
            (2, 1) => NodeKind::Var(self.place()?),
            (3, 2) => NodeKind::CellGet {
                place: self.place()?,
                name: self.string()?,
            },
            (4, 1) => NodeKind::Global(self.global_id()?),
            (5, 1) => NodeKind::Builtin(builtin(self.input.text()?)?),
            (6, 1) => NodeKind::Free(self.string()?),
            (7, 2) => NodeKind::Qualified {
                module: self.string()?,
                symbol: self.string()?,
            },
            (8, 2) => NodeKind::Raise {
                kind: self.error_kind()?,
                text: self.string()?,
            },
            (9, 1) => NodeKind::ResourceRef(self.string()?),
            (10, 3) => NodeKind::Def {
                global: self.global_id()?,
                annotation: self.optional(Self::ty)?,
                init: self.boxed()?,
            },
            (11, 1) => NodeKind::Declare(self.global_id()?),
            (12, 4) => NodeKind::LocalDef {
                slot: self.slot()?,
                name: self.string()?,
                annotation: self.optional(Self::ty)?,
                init: self.boxed()?,
            },
            (13, 8) => NodeKind::Lambda(Box::new(self.lambda()?)),
            (14, 2) => NodeKind::Call {
                head: self.boxed()?,
                args: self.many(Self::node)?,
            },
            (15, 3) => NodeKind::If {
                test: self.boxed()?,
                then: self.boxed()?,
                otherwise: self.boxed()?,
            },
            (16, 1) => NodeKind::Do(self.many(Self::node)?),
            (17, 2) => NodeKind::Scope {
                cells: self.many(Self::slot)?,
                body: self.boxed()?,
            },
            (18, 2) => NodeKind::Let {
                bindings: self.many(Self::binding)?,
                body: self.boxed()?,
            },
            _ => return self.clauses_and_rest(code, n_fields),
        })
    }

    fn clauses_and_rest(&mut self, code: u64, n_fields: u64) -> Read<NodeKind> {
        Ok(match (code, n_fields) {
            (19, 2) => NodeKind::Match {
                value: self.boxed()?,
                clauses: self.many(Self::match_clause)?,
            },
            (20, 3) => NodeKind::Try {
                body: self.boxed()?,
                catches: self.many(Self::catch_clause)?,
                finally: self.optional(Self::boxed)?,
            },
            (21, 1) => NodeKind::And(self.many(Self::node)?),
            (22, 1) => NodeKind::Or(self.many(Self::node)?),
            (23, 1) => NodeKind::Vector(self.many(Self::node)?),
            (24, 1) => NodeKind::Map(self.many(|this| {
                this.input.array_of(2)?;
                Ok((this.map_key()?, this.node()?))
            })?),
            (25, 2) => NodeKind::For {
                bindings: self.many(|this| {
                    this.input.array_of(2)?;
                    Ok((this.slot()?, this.node()?))
                })?,
                body: self.boxed()?,
            },
            (26, 3) => NodeKind::DoTimes {
                slot: self.slot()?,
                count: self.boxed()?,
                body: self.boxed()?,
            },
            (27, 2) => NodeKind::HintScope {
                hints: self.many(|this| {
                    this.input.array_of(2)?;
                    Ok((this.string()?, this.node()?))
                })?,
                body: self.boxed()?,
            },
            (28, 3) => NodeKind::Cast {
                value: self.boxed()?,
                to: self.ty()?,
                context: self.string()?,
            },
            (29, 2) => NodeKind::DefStruct {
                global: self.global_id()?,
                fields: self.many(|this| {
                    this.input.array_of(2)?;
                    Ok((this.string()?, this.ty()?))
                })?,
            },
            (30, 3) => NodeKind::Import(Import {
                module: self.string()?,
                alias: self.optional(Self::string)?,
                only: self.optional(|this| this.many(Self::string))?,
            }),
            (0..=30, _) => return self.input.malformed("a node with the right fields"),
            (code, _) => return Err(DecodeError::UnknownNode(code)),
        })
    }

    fn lambda(&mut self) -> Read<Lambda> {
        let name = self.optional(Self::string)?;
        let params = self.many(|this| {
            this.input.array_of(2)?;
            let (name, annotation) = this.annotated()?;
            Ok(Param {
                name,
                annotation,
                pattern: this.optional(Self::pattern)?,
            })
        })?;
        let rest = self.optional(|this| {
            this.input.array_of(1)?;
            Ok(RestParam {
                name: String::new(),
                annotation: this.optional(Self::ty)?,
            })
        })?;
        Ok(Lambda {
            name,
            params,
            rest,
            result: self.optional(Self::ty)?,
            slots: self.slots()?,
            captures: self.many(Self::place)?,
            hint: self.optional(Self::hint)?,
            body: self.node()?,
        })
    }

    fn hint(&mut self) -> Read<DelegationHint> {
        self.coded(|this, code, n_fields| {
            Ok(match (code, n_fields) {
                (0, 0) => DelegationHint::LocalPure,
                (1, 1) => DelegationHint::LocalModel(this.string()?),
                (2, 1) => DelegationHint::RemoteModel(this.string()?),
                _ => return this.input.malformed("a delegation hint"),
            })
        })
    }

    fn binding(&mut self) -> Read<LetBinding> {
        self.input.array_of(3)?;
        let init = self.node()?;
        let (name, annotation) = self.annotated()?;
        Ok(LetBinding {
            pattern: self.pattern()?,
            name,
            annotation,
            init,
        })
    }

    fn annotated(&mut self) -> Read<(String, Option<Type>)> {
        let annotated = self.optional(|this| {
            this.input.array_of(2)?;
            Ok((this.string()?, this.ty()?))
        })?;
        Ok(annotated.map_or_else(Default::default, |(name, ty)| (name, Some(ty))))
    }

    fn match_clause(&mut self) -> Read<MatchClause> {
        self.input.array_of(3)?;
        Ok(MatchClause {
            pattern: self.pattern()?,
            guard: self.optional(Self::node)?,
            body: self.node()?,
        })
    }

    fn catch_clause(&mut self) -> Read<CatchClause> {
        self.input.array_of(3)?;
        let selector = self.optional(Self::selector)?.unwrap_or(CatchSelector::All);
        Ok(CatchClause {
            selector,
            binding: self.optional(Self::slot)?,
            body: self.node()?,
        })
    }

    fn selector(&mut self) -> Read<CatchSelector> {
        self.coded(|this, code, n_fields| {
            Ok(match (code, n_fields) {
                (0, 1) => match Family::from_class(this.input.text()?) {
                    Some(family) => CatchSelector::Family(family),
                    None => return this.input.malformed("an error family"),
                },
                (1, 1) => CatchSelector::Kind(this.error_kind()?),
                (2, 1) => CatchSelector::Keyword(this.string()?),
                _ => return this.input.malformed("a selector of errors"),
            })
        })
    }

    fn pattern(&mut self) -> Read<Pattern> {
        match self.input.peek()? {
            Head::Null => self.input.null().map(|_| Pattern::Wildcard),
            Head::Uint(_) => Ok(Pattern::Var(self.slot()?)),
            _ => self.coded(Self::compound_pattern),
        }
    }

    fn compound_pattern(&mut self, code: u64, n_fields: u64) -> Read<Pattern> {
        Ok(match (code, n_fields) {
            (0, 1) => Pattern::Literal(self.literal()?),
            (1, 1) => Pattern::Type(self.ty()?),
            (2, 2) => Pattern::As(self.slot()?, Box::new(self.pattern()?)),
            (3, 3) => Pattern::Sequence {
                items: self.many(Self::pattern)?,
                rest: self.rest()?,
                whole: self.optional(Self::slot)?,
            },
            (4, 3) => Pattern::Map {
                entries: self.many(|this| {
                    this.input.array_of(3)?;
                    Ok(MapPatternEntry {
                        key: this.map_key()?,
                        default: this.optional(Self::node)?,
                        pattern: this.pattern()?,
                    })
                })?,
                rest: self.rest()?,
                whole: self.optional(Self::slot)?,
            },
            _ => return self.input.malformed("a pattern"),
        })
    }

    fn rest(&mut self) -> Read<Option<Option<Slot>>> {
        match self.input.peek()? {
            Head::Bool(false) => self.bool().map(|_| Some(None)),
            _ => Ok(self.optional(Self::slot)?.map(Some)),
        }
    }

    fn literal(&mut self) -> Read<Literal> {
        let literal = match self.input.peek()? {
            Head::Null => self.input.null().map(|_| Literal::Nil)?,
            Head::Bool(value) => self.bool().map(|_| Literal::Bool(value))?,
            Head::Uint(_) | Head::Negative(_) => Literal::Int(self.int()?),
            Head::Text(_) => Literal::Str(self.string()?),
            _ => self.coded(|this, code, n_fields| {
                Ok(match (code, n_fields) {
                    (0, 1) => Literal::Float(this.input.uint()?),
                    (1, 1) => Literal::Keyword(this.string()?),
                    (2, 1) => Literal::Symbol(this.string()?),
                    (3, 1) => Literal::Timestamp(this.string()?),
                    (4, 1) => Literal::Uuid(this.string()?),
                    (5, 1) => Literal::Resource(this.string()?),
                    _ => return this.input.malformed("a literal"),
                })
            })?,
        };
        // What the reader takes; symbols may have any text, because macros make them.
        let readable = match &literal {
            Literal::Keyword(name) => rtfs_value::is_name(name),
            Literal::Timestamp(text) => rtfs_value::is_timestamp(text),
            Literal::Uuid(text) => rtfs_value::is_uuid(text),
            Literal::Resource(text) => !text.is_empty(),
            _ => true,
        };
        if !readable {
            return self.input.malformed("a literal that can be written");
        }
        Ok(literal)
    }

    fn map_key(&mut self) -> Read<Literal> {
        match self.literal()? {
            key @ (Literal::Keyword(_) | Literal::Str(_) | Literal::Int(_)) => Ok(key),
            _ => self.input.malformed("a map key"),
        }
    }

    fn datum(&mut self) -> Read<Datum> {
        self.coded(|this, code, n_fields| {
            Ok(match (code, n_fields) {
                (0, 1) => Datum::Literal(this.literal()?),
                (1, 1) => Datum::List(this.many(Self::datum)?),
                (2, 1) => Datum::Vector(this.many(Self::datum)?),
                (3, 1) => Datum::Map(this.many(|this| {
                    this.input.array_of(2)?;
                    Ok((this.map_key()?, this.datum()?))
                })?),
                _ => return this.input.malformed("quoted data"),
            })
        })
    }

    fn place(&mut self) -> Read<Place> {
        Ok(match self.input.peek()? {
            Head::Null => self.input.null().map(|_| Place::SelfFn)?,
            Head::Negative(_) => {
                let index = u32::try_from(!self.int()?);
                Place::Capture(index.or_else(|_| self.input.malformed("a capture"))?)
            }
            _ => Place::Slot(self.slot()?),
        })
    }

    fn int(&mut self) -> Read<i64> {
        let at = self.input.at;
        let (value, negative) = match self.input.head()? {
            Head::Uint(value) => (value, false),
            Head::Negative(value) => (value, true),
            _ => (u64::MAX, false),
        };
        match i64::try_from(value) {
            Ok(value) => Ok(if negative { !value } else { value }),
            Err(_) => {
                self.input.at = at;
                self.input.malformed("a 64-bit integer")
            }
        }
    }

    fn slot(&mut self) -> Read<Slot> {
        self.input.u32().map(Slot)
    }

    fn global_id(&mut self) -> Read<GlobalId> {
        self.input.u32().map(GlobalId)
    }

    fn string(&mut self) -> Read<String> {
        self.input.text().map(str::to_owned)
    }

    fn bool(&mut self) -> Read<bool> {
        match self.input.peek()? {
            Head::Bool(value) => self.input.head().map(|_| value),
            _ => self.input.malformed("a boolean"),
        }
    }

    fn ty(&mut self) -> Read<Type> {
        let at = self.input.at;
        types::decode(self.input.byte_string()?).map_err(|_| DecodeError::BadType { at })
    }

    fn error_kind(&mut self) -> Read<ErrorKind> {
        match ErrorKind::from_class(self.input.text()?) {
            Some(kind) => Ok(kind),
            None => self.input.malformed("an error kind"),
        }
    }

    fn boxed(&mut self) -> Read<Box<Node>> {
        self.node().map(Box::new)
    }

    fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<Option<T>> {
        if self.input.null()? {
            Ok(None)
        } else {
            read(self).map(Some)
        }
    }

    /// The items of an array. Each takes a byte at least, so a false length ends with the input.
    fn many<T>(&mut self, mut read: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let n_items = self.input.array()?;
        let mut items = Vec::new();
        for _ in 0..n_items {
            items.push(read(self)?);
        }
        Ok(items)
    }
}

/// The name of a global without the module it was linked from.
fn bare(name: &str) -> &str {
    crate::lower::split_qualified(name).map_or(name, |(_, symbol)| symbol)
}

fn builtin(name: &str) -> Read<BuiltinId> {
    library::lookup(name).ok_or_else(|| DecodeError::UnknownBuiltin(name.to_owned()))
}
