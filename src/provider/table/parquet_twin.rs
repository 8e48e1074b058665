//! For tests: the rows of NDJSON as Parquet of any schema, however its writer spells lists and maps.

use std::iter;

use polars::prelude::PlSmallStr;
use polars_parquet::{
    parquet::{
        CowBuffer,
        compression::CompressionOptions,
        encoding::{Encoding, hybrid_rle},
        error::ParquetError,
        metadata::{Descriptor, SchemaDescriptor},
        page::{DataPage, DataPageHeader, DataPageHeaderV1, Page},
        schema::{Repetition, types::GroupConvertedType},
        statistics::{BinaryStatistics, Statistics},
        write::{Compressor, DynIter, DynStreamingIterator, FileWriter, Version, WriteOptions},
    },
    read::{GroupLogicalType, ParquetType, PhysicalType, PrimitiveLogicalType},
};
use serde_json::Value;

/// Writes rows as Parquet. `message` is the schema in the notation of the format, without the name around it.
pub(in crate::provider) fn parquet(message: &str, ndjson: &str, group_rows: usize) -> Vec<u8> {
    let schema = SchemaDescriptor::try_from_message(&format!("message bill {{ {message} }}"));
    write(&schema.unwrap(), ndjson, group_rows)
}

/// As [`parquet`], with the logical types of newer writers on lists and maps.
pub(in crate::provider) fn parquet_of_today(message: &str, ndjson: &str) -> Vec<u8> {
    let schema = SchemaDescriptor::try_from_message(&format!("message bill {{ {message} }}"));
    let fields = schema.unwrap().fields().iter().map(with_logical_types).collect();
    write(&SchemaDescriptor::new(PlSmallStr::from_static("bill"), fields), ndjson, usize::MAX)
}

fn with_logical_types(parquet: &ParquetType) -> ParquetType {
    let ParquetType::GroupType { field_info, converted_type, fields, .. } = parquet else {
        return parquet.clone();
    };
    ParquetType::GroupType {
        field_info: field_info.clone(),
        logical_type: converted_type.map(|spelled| match spelled {
            GroupConvertedType::List => GroupLogicalType::List,
            GroupConvertedType::Map | GroupConvertedType::MapKeyValue => GroupLogicalType::Map,
        }),
        converted_type: *converted_type,
        fields: fields.iter().map(with_logical_types).collect(),
    }
}

fn write(schema: &SchemaDescriptor, ndjson: &str, group_rows: usize) -> Vec<u8> {
    let rows: Vec<Value> = ndjson.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let options = WriteOptions { write_statistics: false, version: Version::V1 };
    let mut file = FileWriter::new(Vec::new(), schema.clone(), options, None);
    for group in rows.chunks(group_rows) {
        let mut leaves: Vec<Leaf> =
            schema.columns().iter().map(|column| Leaf::new(&column.descriptor)).collect();
        for row in group {
            let mut rest = leaves.iter_mut();
            for field in schema.fields() {
                shred(field, &row[field.name()], Levels::default(), &mut rest);
            }
        }
        let columns = leaves.into_iter().map(|leaf| {
            let page = iter::once(Ok(Page::Data(leaf.page(group.len()))));
            let pages = Compressor::new(page, CompressionOptions::Snappy, Vec::new());
            Ok::<_, ParquetError>(DynStreamingIterator::new(pages))
        });
        file.write(u64::try_from(group.len()).unwrap(), DynIter::new(columns)).unwrap();
    }
    file.end(None).unwrap();
    file.into_inner()
}

/// Where in the nesting a value is: which list goes on, how much of the way to it is there, and how many lists are around.
#[derive(Debug, Clone, Copy, Default)]
struct Levels {
    repetition: u32,
    definition: u32,
    lists: u32,
}

/// Writes a value into the columns below its type, which are next.
fn shred<'l>(
    parquet: &ParquetType,
    value: &Value,
    at: Levels,
    leaves: &mut impl Iterator<Item = &'l mut Leaf>,
) {
    let mut columns: Vec<&mut Leaf> = leaves.take(leaf_count(parquet)).collect();
    put(parquet, value, at, &mut columns);
}

fn leaf_count(parquet: &ParquetType) -> usize {
    match parquet {
        ParquetType::PrimitiveType(_) => 1,
        ParquetType::GroupType { fields, .. } => fields.iter().map(leaf_count).sum(),
    }
}

fn put(parquet: &ParquetType, value: &Value, at: Levels, columns: &mut [&mut Leaf]) {
    match parquet.get_field_info().repetition {
        Repetition::Required => put_value(parquet, value, at, columns),
        Repetition::Optional if value.is_null() => put_nothing(at, columns),
        Repetition::Optional => {
            put_value(parquet, value, Levels { definition: at.definition + 1, ..at }, columns);
        }
        Repetition::Repeated => {
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            if items.is_empty() {
                put_nothing(at, columns);
            }
            let lists = at.lists + 1;
            for (index, item) in items.iter().enumerate() {
                let repetition = if index == 0 { at.repetition } else { lists };
                let at = Levels { repetition, definition: at.definition + 1, lists };
                put_value(parquet, item, at, columns);
            }
        }
    }
}

fn put_nothing(at: Levels, columns: &mut [&mut Leaf]) {
    for column in columns {
        column.levels.push(at);
    }
}

fn put_value(parquet: &ParquetType, value: &Value, at: Levels, columns: &mut [&mut Leaf]) {
    let ParquetType::GroupType { fields, converted_type, .. } = parquet else {
        columns[0].levels.push(at);
        columns[0].push(value);
        return;
    };
    match converted_type {
        Some(GroupConvertedType::List) => {
            let items = value.as_array().unwrap();
            // Where the repeated field is not the value itself, its only field is.
            let items = match &fields[0] {
                ParquetType::GroupType { fields: inner, field_info, .. }
                    if inner.len() == 1
                        && field_info.name != "array"
                        && !field_info.name.ends_with("_tuple") =>
                {
                    let named = |item: &Value| serde_json::json!({ inner[0].name(): item });
                    items.iter().map(named).collect()
                }
                _ => items.clone(),
            };
            put(&fields[0], &Value::Array(items), at, columns);
        }
        Some(GroupConvertedType::Map | GroupConvertedType::MapKeyValue) => {
            let ParquetType::GroupType { fields: names, .. } = &fields[0] else { panic!("a map") };
            let entry = |(key, value): (&String, &Value)| serde_json::json!({ names[0].name(): key, names[1].name(): value });
            let entries = value.as_object().unwrap().iter().map(entry).collect();
            put(&fields[0], &Value::Array(entries), at, columns);
        }
        None => {
            let mut rest = columns.iter_mut().map(|column| &mut **column);
            for field in fields {
                shred(field, &value[field.name()], at, &mut rest);
            }
        }
    }
}

/// A column of values, as a page holds it.
struct Leaf {
    descriptor: Descriptor,
    levels: Vec<Levels>,
    values: Vec<u8>,
    value_count: usize,
}

impl Leaf {
    fn new(descriptor: &Descriptor) -> Self {
        Self {
            descriptor: descriptor.clone(),
            levels: Vec::new(),
            values: Vec::new(),
            value_count: 0,
        }
    }

    fn push(&mut self, value: &Value) {
        let primitive = &self.descriptor.primitive_type;
        self.value_count += 1;
        match (primitive.physical_type, primitive.logical_type) {
            (PhysicalType::ByteArray, _) => {
                let text = value.as_str().unwrap();
                self.values.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
                self.values.extend(text.as_bytes());
            }
            (PhysicalType::Double, _) => self.values.extend(value.as_f64().unwrap().to_le_bytes()),
            (PhysicalType::Int64, Some(PrimitiveLogicalType::Timestamp { .. })) => {
                let at: jiff::Timestamp =
                    value.as_str().unwrap().replace(" UTC", "Z").parse().unwrap();
                self.values.extend(at.as_microsecond().to_le_bytes());
            }
            (PhysicalType::Int64, _) => self.values.extend(value.as_i64().unwrap().to_le_bytes()),
            (
                PhysicalType::FixedLenByteArray(size),
                Some(PrimitiveLogicalType::Decimal(_, scale)),
            ) => {
                let bytes = unscaled(value.as_str().unwrap(), scale).to_be_bytes();
                let sign = if bytes[0] < 0x80 { 0 } else { 0xff };
                self.values.extend(iter::repeat_n(sign, size.saturating_sub(16)));
                self.values.extend(&bytes[16_usize.saturating_sub(size)..]);
            }
            other => panic!("no values of {other:?}"),
        }
    }

    fn page(self, row_count: usize) -> DataPage {
        let mut bytes = Vec::new();
        for (most, level) in [
            (self.descriptor.max_rep_level, (|at| at.repetition) as fn(&Levels) -> u32),
            (self.descriptor.max_def_level, |at| at.definition),
        ] {
            if most > 0 {
                let mut levels = Vec::new();
                let bits = i16::BITS - most.leading_zeros();
                hybrid_rle::encode(&mut levels, self.levels.iter().map(level), bits).unwrap();
                bytes.extend(u32::try_from(levels.len()).unwrap().to_le_bytes());
                bytes.extend(levels);
            }
        }
        bytes.extend(&self.values);
        let null_count = i64::try_from(self.levels.len() - self.value_count).unwrap();
        let statistics = (self.descriptor.primitive_type.physical_type == PhysicalType::ByteArray)
            .then(|| BinaryStatistics {
                primitive_type: self.descriptor.primitive_type.clone(),
                null_count: Some(null_count),
                distinct_count: None,
                min_value: None,
                max_value: None,
            })
            .map(|known| Statistics::Binary(known).serialize());
        let header = DataPageHeaderV1 {
            num_values: i32::try_from(self.levels.len()).unwrap(),
            encoding: Encoding::Plain.into(),
            definition_level_encoding: Encoding::Rle.into(),
            repetition_level_encoding: Encoding::Rle.into(),
            statistics,
        };
        DataPage::new(
            DataPageHeader::V1(header),
            CowBuffer::Owned(bytes),
            self.descriptor,
            row_count,
        )
    }
}

/// `-0.5` with three digits behind the point: -500.
fn unscaled(text: &str, scale: usize) -> i128 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<scale$}").parse().unwrap()
}
