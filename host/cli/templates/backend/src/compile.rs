//! A program to instructions.

use __ident___program::{Function, Machine, Op};
use rtfs_guest::ir::{GlobalId, Lambda, Literal, Node, NodeKind, Pattern, Place, Program};
use rtfs_guest::{Diagnostic, library};

/// What a program calls, in the order of the functions behind the top level.
type Order<'a> = &'a [(GlobalId, &'a Lambda)];

/// The number of exports, and the functions: the top level, the exports, the others.
pub fn program(program: &Program) -> Result<(u32, Vec<Function>), Diagnostic> {
    let exports = program.exports();
    let defined = definitions(program)?;
    let others = defined.iter().filter(|global| !exports.contains(global));
    let mut order = Vec::new();
    for global in exports.iter().chain(others) {
        let lambda = program.function(*global);
        let lambda = lambda.ok_or_else(|| Diagnostic::unsupported("exported values"))?;
        order.push((*global, lambda));
    }
    let mut functions = vec![top_level(program, &order)?];
    for (_, lambda) in &order {
        functions.push(function(lambda, &order)?);
    }
    Ok((u32::try_from(exports.len()).unwrap_or(u32::MAX), functions))
}

/// The functions that the program begins with. They are never redefined, so calls need no look-up.
fn definitions(program: &Program) -> Result<Vec<GlobalId>, Diagnostic> {
    if program.globals.iter().any(|global| global.definitions > 1) {
        return Err(Diagnostic::unsupported("definitions that are made again"));
    }
    let mut defined = Vec::new();
    let mut only_definitions = true;
    for form in &program.forms {
        match definition(&form.node) {
            Some(global) if only_definitions => defined.push(global),
            Some(_) => {
                let late = Diagnostic::unsupported("definitions behind other forms");
                return Err(late.at_node(form.node.id.0));
            }
            None => only_definitions = false,
        }
    }
    Ok(defined)
}

fn definition(node: &Node) -> Option<GlobalId> {
    match &node.kind {
        NodeKind::Def {
            global,
            annotation: None,
            init,
        } if matches!(init.kind, NodeKind::Lambda(_)) => Some(*global),
        _ => None,
    }
}

/// Forms in order. Those that define have been dealt with.
fn top_level(program: &Program, order: Order<'_>) -> Result<Function, Diagnostic> {
    let mut body = Body::new(order);
    let mut slots = 0;
    for (index, form) in program.forms.iter().enumerate() {
        // All forms share the slots; none reads what another one left there.
        slots = slots.max(form.slots.len());
        let is_last = index + 1 == program.forms.len();
        if definition(&form.node).is_none() {
            body.node(&form.node, false)?;
        } else if is_last {
            body.push(&form.node, Op::Definition);
        } else {
            continue;
        }
        if !is_last {
            body.push(&form.node, Op::Pop);
        }
    }
    if program.forms.is_empty() {
        body.ops.push((0, Op::Nil));
    }
    body.ops.push((0, Op::Return));
    Ok(Function {
        name: String::new(),
        params: 0,
        slots: u32::try_from(slots).unwrap_or(u32::MAX),
        ops: body.ops,
    })
}

fn function(lambda: &Lambda, order: Order<'_>) -> Result<Function, Diagnostic> {
    let is_plain = |param: &rtfs_guest::ir::Param| {
        param.annotation.is_none() && param.pattern.is_none()
    };
    let unsupported = |what| Err(Diagnostic::unsupported(what).at_node(lambda.body.id.0));
    if !lambda.params.iter().all(is_plain) || lambda.result.is_some() {
        return unsupported("annotations and patterns of parameters");
    }
    if lambda.rest.is_some() {
        return unsupported("rest parameters");
    }
    let mut body = Body::new(order);
    body.node(&lambda.body, true)?;
    body.push(&lambda.body, Op::Return);
    Ok(Function {
        name: lambda.name.clone().unwrap_or_default(),
        params: u32::try_from(lambda.params.len()).unwrap_or(u32::MAX),
        slots: u32::try_from(lambda.slots.len()).unwrap_or(u32::MAX),
        ops: body.ops,
    })
}

/// The instructions of a function, as they come to be.
struct Body<'a> {
    order: Order<'a>,
    ops: Vec<(u32, Op)>,
}

impl<'a> Body<'a> {
    fn new(order: Order<'a>) -> Self {
        Self {
            order,
            ops: Vec::new(),
        }
    }

    fn push(&mut self, node: &Node, op: Op) {
        self.ops.push((node.id.0, op));
    }

    fn here(&self) -> u32 {
        u32::try_from(self.ops.len()).unwrap_or(u32::MAX)
    }

    /// Code that leaves the node's value on the stack.
    fn node(&mut self, node: &Node, is_tail: bool) -> Result<(), Diagnostic> {
        match &node.kind {
            NodeKind::Literal(Literal::Int(n)) => self.push(node, Op::Int(*n)),
            NodeKind::Literal(Literal::Bool(value)) => self.push(node, Op::Bool(*value)),
            NodeKind::Literal(Literal::Nil) => self.push(node, Op::Nil),
            NodeKind::Var(Place::Slot(slot)) => self.push(node, Op::Load(slot.0)),
            NodeKind::Do(forms) => self.forms(node, forms, is_tail)?,
            NodeKind::If {
                test,
                then,
                otherwise,
            } => {
                self.node(test, false)?;
                let unless = self.ops.len();
                self.push(node, Op::JumpUnless(0));
                self.node(then, is_tail)?;
                let end = self.ops.len();
                self.push(node, Op::Jump(0));
                self.ops[unless].1 = Op::JumpUnless(self.here());
                self.node(otherwise, is_tail)?;
                self.ops[end].1 = Op::Jump(self.here());
            }
            NodeKind::Let { bindings, body } => {
                for binding in bindings {
                    let (Pattern::Var(slot), None) = (&binding.pattern, &binding.annotation)
                    else {
                        return Err(unsupported(node, "patterns and annotations in `let`"));
                    };
                    self.node(&binding.init, false)?;
                    self.push(node, Op::Store(slot.0));
                }
                self.node(body, is_tail)?;
            }
            NodeKind::Call { head, args } => self.call(node, head, args, is_tail)?,
            _ => return Err(unsupported(node, "this form")),
        }
        Ok(())
    }

    fn forms(&mut self, node: &Node, forms: &[Node], is_tail: bool) -> Result<(), Diagnostic> {
        let Some((last, others)) = forms.split_last() else {
            self.push(node, Op::Nil);
            return Ok(());
        };
        for form in others {
            self.node(form, false)?;
            self.push(form, Op::Pop);
        }
        self.node(last, is_tail)
    }

    fn call(
        &mut self,
        node: &Node,
        head: &Node,
        args: &[Node],
        is_tail: bool,
    ) -> Result<(), Diagnostic> {
        for arg in args {
            self.node(arg, false)?;
        }
        let argc = u32::try_from(args.len()).unwrap_or(u32::MAX);
        let op = match &head.kind {
            NodeKind::Builtin(id) => {
                let name = library::name_of(*id);
                let function = Machine::library_function(name);
                let function = function.ok_or_else(|| unsupported(head, name))?;
                Op::Library { function, argc }
            }
            NodeKind::Global(global) => {
                let place = self.order.iter().position(|(known, _)| known == global);
                let place = place.ok_or_else(|| unsupported(head, "calls of this name"))?;
                if self.order[place].1.params.len() != args.len() {
                    return Err(unsupported(node, "calls with too many or too few arguments"));
                }
                let place = u32::try_from(place + 1).unwrap_or(u32::MAX);
                match is_tail {
                    true => Op::TailCall(place),
                    false => Op::Call(place),
                }
            }
            _ => return Err(unsupported(head, "calls of what is computed")),
        };
        self.push(node, op);
        Ok(())
    }
}

fn unsupported(node: &Node, what: &str) -> Diagnostic {
    Diagnostic::unsupported(what).at_node(node.id.0)
}
