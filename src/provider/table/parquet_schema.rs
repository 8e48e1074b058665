//! The columns of a Parquet file: plain ones, and the parts of structs under names such as `service.description`, as in
//! NDJSON. Lists and maps are one column each.
//!
//! Files spell lists and maps in several ways. The tree follows the Parquet types and the rules of the format for older
//! writers, because the levels in the pages count every optional and repeated step of the way to a value.

use polars::prelude::{ArrowDataType, ArrowField, PlSmallStr};
use polars_parquet::{
    parquet::schema::{Repetition, types::GroupConvertedType},
    read::{FileMetadata, GroupLogicalType, ParquetType, schema::parquet_to_arrow_schema},
};

use super::Column;

/// Digits of the largest decimal that is read.
const DECIMAL_DIGITS: usize = 38;

/// A value, and what is below it.
#[derive(Debug, Clone)]
pub(super) struct Node {
    name: PlSmallStr,
    is_nullable: bool,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// The number of the column in a row group, and its type.
    Leaf(usize, ArrowDataType),
    /// Types that are not read, such as decimals of more than 38 digits.
    Unread,
    Struct(Vec<Node>),
    List(Box<Node>),
    /// A list of structs with key and value.
    Map(Box<Node>),
}

/// The way from the top of the file to a column.
#[derive(Debug)]
pub(super) struct Branch {
    /// The outermost value, without everything that does not lead to the column.
    pub(super) root: Node,
    /// How many structs are around the column.
    pub(super) depth: usize,
}

/// What the end of a file says of its columns and rows.
#[derive(Debug)]
pub(super) struct Footer {
    pub(super) metadata: FileMetadata,
    /// One for each column of the table, in its order.
    pub(super) branches: Vec<Branch>,
}

impl Node {
    pub(super) fn is_nested(&self) -> bool {
        !matches!(self.kind, Kind::Leaf(..) | Kind::Unread)
    }

    /// The field by which pages are decoded.
    pub(super) fn field(&self) -> ArrowField {
        let dtype = match &self.kind {
            Kind::Leaf(_, dtype) => dtype.clone(),
            Kind::Unread => ArrowDataType::Null,
            Kind::Struct(parts) => ArrowDataType::Struct(parts.iter().map(Self::field).collect()),
            Kind::List(item) | Kind::Map(item) => ArrowDataType::LargeList(Box::new(item.field())),
        };
        ArrowField::new(self.name.clone(), dtype, self.is_nullable)
    }

    /// The numbers of the columns that hold the values, in the order of the file.
    pub(super) fn leaves(&self) -> Vec<usize> {
        match &self.kind {
            Kind::Leaf(number, _) => vec![*number],
            Kind::Unread => Vec::new(),
            Kind::Struct(parts) => parts.iter().flat_map(Self::leaves).collect(),
            Kind::List(item) | Kind::Map(item) => item.leaves(),
        }
    }

    /// Reads a type; `next` is the number of the next column of values.
    fn new(parquet: &ParquetType, next: &mut usize) -> Self {
        let info = parquet.get_field_info();
        let value = Self {
            name: info.name.clone(),
            is_nullable: info.repetition == Repetition::Optional,
            kind: match parquet {
                ParquetType::PrimitiveType(_) => {
                    *next += 1;
                    leaf(parquet, *next - 1)
                }
                ParquetType::GroupType { fields, .. } => group(parquet, fields, next),
            },
        };
        if info.repetition == Repetition::Repeated {
            // Repeated without a list around it: a list that is never null, of values that are never null.
            return Self {
                name: info.name.clone(),
                is_nullable: false,
                kind: list_of(value, Kind::List),
            };
        }
        value
    }

    /// The value without what is below it.
    fn shell(&self) -> Self {
        Self { name: self.name.clone(), is_nullable: self.is_nullable, kind: Kind::Unread }
    }

    fn is_unread(&self) -> bool {
        matches!(self.kind, Kind::Unread)
    }
}

/// A list or map, unless its values are not read.
fn list_of(item: Node, kind: fn(Box<Node>) -> Kind) -> Kind {
    if item.is_unread() { Kind::Unread } else { kind(Box::new(item)) }
}

fn group(parquet: &ParquetType, fields: &[ParquetType], next: &mut usize) -> Kind {
    let ParquetType::GroupType { logical_type, converted_type, .. } = parquet else {
        return Kind::Unread;
    };
    let repeated = match fields {
        [only] if only.get_field_info().repetition == Repetition::Repeated => only,
        _ => return structure(fields, next),
    };
    match (logical_type, converted_type, repeated) {
        (Some(GroupLogicalType::List), _, _) | (None, Some(GroupConvertedType::List), _) => {
            list_of(item(parquet.name(), repeated, next), Kind::List)
        }
        (Some(GroupLogicalType::Map), _, ParquetType::GroupType { fields: entry, .. })
        | (
            None,
            Some(GroupConvertedType::Map | GroupConvertedType::MapKeyValue),
            ParquetType::GroupType { fields: entry, .. },
        ) => match structure(entry, next) {
            Kind::Struct(parts) if parts.len() == entry.len() => {
                list_of(inside(repeated, Kind::Struct(parts)), Kind::Map)
            }
            _ => Kind::Unread,
        },
        _ => structure(fields, next),
    }
}

/// What is read of the fields of a struct.
fn structure(fields: &[ParquetType], next: &mut usize) -> Kind {
    let parts = fields.iter().map(|field| Node::new(field, next));
    let parts: Vec<Node> = parts.filter(|part| !part.is_unread()).collect();
    if parts.is_empty() { Kind::Unread } else { Kind::Struct(parts) }
}

/// The values of a list: what its repeated field holds, or in the lists of older writers the repeated field itself.
fn item(list: &str, repeated: &ParquetType, next: &mut usize) -> Node {
    let ParquetType::GroupType { fields, .. } = repeated else {
        *next += 1;
        return inside(repeated, leaf(repeated, *next - 1));
    };
    let name = repeated.name();
    let is_value = name == "array" || name.strip_suffix("_tuple") == Some(list);
    match &fields[..] {
        [only] if !is_value && only.get_field_info().repetition != Repetition::Repeated => {
            Node::new(only, next)
        }
        _ => inside(repeated, structure(fields, next)),
    }
}

/// A value that is a repeated field, and never null.
fn inside(repeated: &ParquetType, kind: Kind) -> Node {
    Node { name: repeated.get_field_info().name.clone(), is_nullable: false, kind }
}

fn leaf(parquet: &ParquetType, number: usize) -> Kind {
    let schema = parquet_to_arrow_schema(std::slice::from_ref(parquet));
    let dtype = schema.iter_values().next().map(|field| match &field.dtype {
        ArrowDataType::LargeList(item) => item.dtype.clone(),
        dtype => dtype.clone(),
    });
    match dtype {
        Some(dtype) if is_read(&dtype) => Kind::Leaf(number, dtype),
        _ => Kind::Unread,
    }
}

fn is_read(dtype: &ArrowDataType) -> bool {
    match dtype {
        ArrowDataType::Decimal(digits, _) => *digits <= DECIMAL_DIGITS,
        ArrowDataType::Null
        | ArrowDataType::Boolean
        | ArrowDataType::Int8
        | ArrowDataType::Int16
        | ArrowDataType::Int32
        | ArrowDataType::Int64
        | ArrowDataType::UInt8
        | ArrowDataType::UInt16
        | ArrowDataType::UInt32
        | ArrowDataType::UInt64
        | ArrowDataType::Float32
        | ArrowDataType::Float64
        | ArrowDataType::Utf8View
        | ArrowDataType::BinaryView
        | ArrowDataType::Date32
        | ArrowDataType::Timestamp(..) => true,
        _ => false,
    }
}

impl Footer {
    /// The columns of a table, and the way to each.
    pub(super) fn new(metadata: FileMetadata) -> (Self, Vec<Column>) {
        let mut next = 0;
        let roots = metadata.schema().fields().iter().map(|field| Node::new(field, &mut next));
        let roots: Vec<Node> = roots.collect();
        let mut found = Found { metadata: &metadata, columns: Vec::new(), branches: Vec::new() };
        for root in &roots {
            found.add(root, &[]);
        }
        let Found { columns, branches, .. } = found;
        (Self { metadata, branches }, columns)
    }
}

struct Found<'f> {
    metadata: &'f FileMetadata,
    columns: Vec<Column>,
    branches: Vec<Branch>,
}

impl Found<'_> {
    /// Adds a value and, if it is a struct, its parts. A part that no row fills is not there, as it is not in NDJSON.
    fn add(&mut self, node: &Node, around: &[&Node]) {
        let path = around.iter().chain([&node]).map(|step| step.name.as_str());
        let name = path.collect::<Vec<_>>().join(".");
        let root = around.iter().rev().fold(node.clone(), |inner, outer| Node {
            kind: Kind::Struct(vec![inner]),
            ..outer.shell()
        });
        self.columns.push(Column { name, is_unread: node.is_unread() });
        self.branches.push(Branch { root, depth: around.len() });
        let Kind::Struct(parts) = &node.kind else { return };
        let around = [around, &[node]].concat();
        for part in parts {
            if !self.is_empty(part) {
                self.add(part, &around);
            }
        }
    }

    /// Whether the file says of all values that they are null.
    fn is_empty(&self, node: &Node) -> bool {
        let leaves = node.leaves();
        self.metadata.row_groups.iter().all(|group| {
            leaves.iter().all(|leaf| {
                let Some(chunk) = group.parquet_columns().get(*leaf) else { return false };
                let statistics = chunk.statistics(&self.metadata.footer_buf);
                let null_count = statistics.and_then(|known| known.ok()?.null_count());
                null_count.is_some_and(|nulls| nulls == chunk.num_values())
            })
        })
    }
}
