//! Cost Explorer's answers as rows.
