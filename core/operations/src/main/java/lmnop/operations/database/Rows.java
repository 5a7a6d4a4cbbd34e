package lmnop.operations.database;

import io.r2dbc.spi.Row;

/** Reads columns that are never null. */
public final class Rows {
  private Rows() {}

  /** Returns the column's value; that it is null would be a fault of the schema. */
  public static <T> T need(Row row, String column, Class<T> type) {
    T value = row.get(column, type);
    if (value == null) {
      throw new IllegalStateException("the column " + column + " is null");
    }
    return value;
  }

  /** Returns the value of a statement's only column. */
  public static <T> T only(Row row, Class<T> type) {
    T value = row.get(0, type);
    if (value == null) {
      throw new IllegalStateException("a statement gave null instead of a " + type.getSimpleName());
    }
    return value;
  }
}
