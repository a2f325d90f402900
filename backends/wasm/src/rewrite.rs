//! What lowering knows no code for, in terms of what it does.

use rtfs_ir::{
    DelegationHint, Lambda, Literal, Node, NodeId, NodeKind, Place, Program, Slot, each_node,
    each_node_mut,
};
use rtfs_value::BuiltinId;
use rtfs_value::library;
use rtfs_value::types::Type;

/// The most arguments that a call has in generated code.
pub(crate) const MAX_ARGS: usize = 255;

/// Rewrites a program without changing what it does:
///
/// * The body of each function with a hint for a model becomes what calling it does: the host is asked
///   for `model-call:ID` with the arguments. Parameters and results are checked as before, and errors of
///   the question have the node of the body.
/// * Library functions with very many arguments get them in a vector, by `apply`.
pub(crate) fn rewrite(program: &mut Program) {
    let (Some(call), Some(apply)) = (library::lookup("call"), library::lookup("apply")) else {
        return;
    };
    let mut next_node = 0;
    for form in &program.forms {
        each_node(&form.node, &mut |node| {
            next_node = next_node.max(node.id.0.saturating_add(1));
        });
    }
    let mut maker = Maker {
        call,
        apply,
        next_node,
    };
    for form in &mut program.forms {
        each_node_mut(&mut form.node, &mut |node| maker.replace(node));
    }
}

struct Maker {
    call: BuiltinId,
    apply: BuiltinId,
    next_node: u32,
}

impl Maker {
    fn replace(&mut self, node: &mut Node) {
        match &mut node.kind {
            NodeKind::Lambda(lambda) => match &lambda.hint {
                Some(DelegationHint::LocalModel(id) | DelegationHint::RemoteModel(id)) => {
                    lambda.body = self.question(id, lambda);
                    lambda.hint = None;
                }
                Some(DelegationHint::LocalPure) | None => {}
            },
            NodeKind::Call { head, args }
                if args.len() > MAX_ARGS && matches!(head.kind, NodeKind::Builtin(_)) =>
            {
                let items = self.node(NodeKind::Vector(std::mem::take(args)));
                let apply = self.node(NodeKind::Builtin(self.apply));
                args.push(std::mem::replace(&mut **head, apply));
                args.push(items);
            }
            _ => {}
        }
    }

    /// `(call "model-call:ID" a b)`, or `(apply call "model-call:ID" a b rest)`.
    fn question(&mut self, model: &str, lambda: &Lambda) -> Node {
        let arrivals = lambda.params.len() + usize::from(lambda.rest.is_some());
        let mut args = Vec::with_capacity(arrivals + 2);
        let mut head = self.node(NodeKind::Builtin(self.call));
        if lambda.rest.is_some() {
            args.push(std::mem::replace(
                &mut head,
                self.node(NodeKind::Builtin(self.apply)),
            ));
        }
        let id = Literal::Str(format!("model-call:{model}"));
        args.push(self.node(NodeKind::Literal(id)));
        for (slot, info) in (0..).zip(lambda.slots.iter().take(arrivals)) {
            let place = Place::Slot(Slot(slot));
            args.push(self.node(match info.cell {
                false => NodeKind::Var(place),
                true => NodeKind::CellGet {
                    place,
                    name: info.name.clone(),
                },
            }));
        }
        Node {
            id: lambda.body.id,
            ty: Type::Any,
            kind: NodeKind::Call {
                head: Box::new(head),
                args,
            },
        }
    }

    fn node(&mut self, kind: NodeKind) -> Node {
        let id = NodeId(self.next_node);
        self.next_node = self.next_node.saturating_add(1);
        Node {
            id,
            ty: Type::Any,
            kind,
        }
    }
}
