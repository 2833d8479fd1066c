//! From text to nodes: tokens, then one function for each level of precedence.

use crate::error::{Error, Result};
use crate::graph::{Graph, NodeId};
use crate::ops::{self, Binary, Unary};
use crate::shape::Shape;

/// Longer texts are refused before anything is made of them.
const MOST_CHARACTERS: usize = 2000;

/// Parentheses and signs lie in each other at most so deep.
const MOST_DEPTH: usize = 100;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Name(String),
    Sign(char),
    End,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Token::Number(number) => write!(f, "'{number}'"),
            Token::Name(name) => write!(f, "'{name}'"),
            Token::Sign(sign) => write!(f, "'{sign}'"),
            Token::End => f.write_str("the end"),
        }
    }
}

struct Parser<'a> {
    /// The tokens with the columns where they begin, counted from 1; the last is [`Token::End`].
    tokens: Vec<(usize, Token)>,
    next: usize,
    depth: usize,
    graph: &'a mut Graph,
    variables: &'a [(String, NodeId)],
}

pub(super) fn parse(text: &str, graph: &mut Graph, variables: &[(String, NodeId)]) -> Result<NodeId> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, next: 0, depth: 0, graph, variables };
    let output = parser.sum()?;
    match parser.peek() {
        Token::End => Ok(output),
        _ => Err(parser.expected("an operator or the end")),
    }
}

fn at(column: usize, message: impl std::fmt::Display) -> Error {
    Error::model(format!("column {column}: {message}"))
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>> {
    let characters: Vec<char> = text.chars().take(MOST_CHARACTERS + 1).collect();
    if characters.len() > MOST_CHARACTERS {
        return Err(Error::model(format!("the expression has more than {MOST_CHARACTERS} characters; it must be shorter")));
    }
    let mut tokens = Vec::new();
    let mut from = 0;
    while let Some(&first) = characters.get(from) {
        let run = |is_part: &dyn Fn(usize, char) -> bool| {
            characters[from..].iter().enumerate().take_while(|&(i, &c)| is_part(from + i, c)).count()
        };
        let (len, token) = if first.is_whitespace() {
            (1, None)
        } else if first.is_ascii_digit() || first == '.' {
            let len = run(&|i, c| {
                let after_e = i > from && matches!(characters[i - 1], 'e' | 'E');
                c.is_ascii_digit() || c == '.' || matches!(c, 'e' | 'E') || matches!(c, '+' | '-') && after_e
            });
            let digits: String = characters[from..from + len].iter().collect();
            let number = digits.parse().ok().filter(|number: &f64| number.is_finite());
            let number = number.ok_or_else(|| at(from + 1, format!("'{digits}' is no number")))?;
            (len, Some(Token::Number(number)))
        } else if first.is_alphabetic() || first == '_' {
            let len = run(&|_, c| c.is_alphanumeric() || c == '_');
            (len, Some(Token::Name(characters[from..from + len].iter().collect())))
        } else if "+-*/^(),".contains(first) {
            (1, Some(Token::Sign(first)))
        } else {
            return Err(at(from + 1, format!("'{first}' has no meaning here")));
        };
        tokens.extend(token.map(|token| (from + 1, token)));
        from += len;
    }
    tokens.push((characters.len() + 1, Token::End));
    Ok(tokens)
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        // The last token is never passed, so there is always one.
        &self.tokens[self.next].1
    }

    fn column(&self) -> usize {
        self.tokens[self.next].0
    }

    fn expected(&self, what: &str) -> Error {
        at(self.column(), format!("expected {what}, found {}", self.peek()))
    }

    /// Passes a sign, if it is the next.
    fn pass(&mut self, sign: char) -> bool {
        let found = *self.peek() == Token::Sign(sign);
        self.next += usize::from(found);
        found
    }

    fn require(&mut self, sign: char) -> Result<()> {
        if self.pass(sign) { Ok(()) } else { Err(self.expected(&format!("'{sign}'"))) }
    }

    /// Goes one level down, as far as that may be.
    fn deeper(&mut self, parse: fn(&mut Self) -> Result<NodeId>) -> Result<NodeId> {
        if self.depth == MOST_DEPTH {
            return Err(at(self.column(), format!("parentheses and signs lie in each other more than {MOST_DEPTH} deep")));
        }
        self.depth += 1;
        let node = parse(self);
        self.depth -= 1;
        node
    }

    /// Terms, added and subtracted from left to right.
    fn sum(&mut self) -> Result<NodeId> {
        let mut left = self.product()?;
        loop {
            let function = match self.peek() {
                Token::Sign('+') => Binary::Add,
                Token::Sign('-') => Binary::Sub,
                _ => return Ok(left),
            };
            self.next += 1;
            let right = self.product()?;
            left = ops::binary(self.graph, function, left, right)?;
        }
    }

    /// Factors, multiplied and divided from left to right.
    fn product(&mut self) -> Result<NodeId> {
        let mut left = self.signed()?;
        loop {
            let function = match self.peek() {
                Token::Sign('*') => Binary::Mul,
                Token::Sign('/') => Binary::Div,
                _ => return Ok(left),
            };
            self.next += 1;
            let right = self.signed()?;
            left = ops::binary(self.graph, function, left, right)?;
        }
    }

    /// A power, with signs before it.
    fn signed(&mut self) -> Result<NodeId> {
        if self.pass('-') {
            let of = self.deeper(Self::signed)?;
            return ops::neg(self.graph, of);
        }
        if self.pass('+') {
            return self.deeper(Self::signed);
        }
        let base = self.atom()?;
        if !self.pass('^') {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        ops::binary(self.graph, Binary::Pow, base, exponent)
    }

    /// A number, a variable, a function of something, or something in parentheses.
    fn atom(&mut self) -> Result<NodeId> {
        let column = self.column();
        match self.peek().clone() {
            Token::Number(number) => {
                self.next += 1;
                ops::fill(self.graph, Shape::scalar(), number)
            }
            Token::Sign('(') => {
                self.next += 1;
                let inside = self.deeper(Self::sum)?;
                self.require(')')?;
                Ok(inside)
            }
            Token::Name(name) => {
                self.next += 1;
                if let Some(&(_, node)) = self.variables.iter().find(|(variable, _)| *variable == name) {
                    return Ok(node);
                }
                match name.as_str() {
                    "pi" => ops::fill(self.graph, Shape::scalar(), std::f64::consts::PI),
                    "e" => ops::fill(self.graph, Shape::scalar(), std::f64::consts::E),
                    _ => self.function(&name, column),
                }
            }
            Token::Sign(_) | Token::End => Err(self.expected("a number, a variable, a function, '(' or '-'")),
        }
    }

    fn function(&mut self, name: &str, column: usize) -> Result<NodeId> {
        let one = |function: Unary| Some(Function::Unary(function));
        let function = match name {
            "exp" => one(Unary::Exp),
            "log" | "ln" => one(Unary::Log),
            "sqrt" => one(Unary::Sqrt),
            "sin" => one(Unary::Sin),
            "cos" => one(Unary::Cos),
            "tan" => one(Unary::Tan),
            "sinh" => one(Unary::Sinh),
            "cosh" => one(Unary::Cosh),
            "abs" => one(Unary::Abs),
            "tanh" => Some(Function::Activation(ops::tanh)),
            "sigmoid" => Some(Function::Activation(ops::sigmoid)),
            "relu" => Some(Function::Activation(ops::relu)),
            "max" => Some(Function::Binary(Binary::Maximum)),
            "min" => Some(Function::Binary(Binary::Minimum)),
            _ => None,
        };
        let Some(function) = function else {
            let names: Vec<&str> = self.variables.iter().map(|(name, _)| name.as_str()).collect();
            return Err(at(column, format!("'{name}' is no variable or function; the variables are {}", names.join(", "))));
        };
        if !self.pass('(') {
            return Err(self.expected(&format!("'(' after '{name}'")));
        }
        let first = self.deeper(Self::sum)?;
        let node = match function {
            Function::Unary(function) => ops::unary(self.graph, function, first)?,
            Function::Activation(function) => function(self.graph, first)?,
            Function::Binary(function) => {
                self.require(',')?;
                let second = self.deeper(Self::sum)?;
                ops::binary(self.graph, function, first, second)?
            }
        };
        self.require(')')?;
        Ok(node)
    }
}

/// What a name can call.
enum Function {
    Unary(Unary),
    Activation(fn(&mut Graph, NodeId) -> Result<NodeId>),
    Binary(Binary),
}
