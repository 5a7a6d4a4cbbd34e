package lmnop.operations.database;

import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import lmnop.operations.credentials.CredentialFile;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * One connection of the schema's owner, for what copies whole tables: R2DBC has no COPY to a
 * client. Everything here blocks; values are text, as COPY has them.
 */
public final class OwnerSession implements AutoCloseable {
  private final Connection connection;

  private OwnerSession(Connection connection) {
    this.connection = connection;
  }

  /**
   * Logs in; each statement is a transaction of its own until {@link #begin} or {@link #freeze}.
   */
  public static OwnerSession open(DatabaseSettings owner) throws IOException {
    Properties login = new Properties();
    login.setProperty("user", owner.user());
    login.setProperty("password", new CredentialFile(owner.passwordFile()).read().value());
    login.setProperty("currentSchema", "lmnop");
    login.setProperty("connectTimeout", "3");
    login.setProperty("tcpKeepAlive", "true");
    login.setProperty("ApplicationName", owner.user());
    String url = "jdbc:postgresql://%s:%d/%s".formatted(owner.host(), owner.port(), owner.name());
    try {
      return new OwnerSession(DriverManager.getConnection(url, login));
    } catch (SQLException e) {
      throw failed("the database cannot be entered", e);
    }
  }

  /** Begins a transaction. */
  public void begin() throws IOException {
    try {
      connection.setAutoCommit(false);
    } catch (SQLException e) {
      throw failed("no transaction", e);
    }
  }

  /** From now on everything is read as it is at this moment, and nothing is written. */
  public void freeze() throws IOException {
    try {
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setReadOnly(true);
    } catch (SQLException e) {
      throw failed("no snapshot", e);
    }
    begin();
    rows("SELECT 1"); // the snapshot is that of the first statement
  }

  /** Makes what was written since {@link #begin} true. */
  public void commit() throws IOException {
    try {
      connection.commit();
    } catch (SQLException e) {
      throw failed("nothing was written", e);
    }
  }

  /** Runs a statement; returns its rows. */
  public List<List<@Nullable String>> rows(String sql, Object... values) throws IOException {
    try (PreparedStatement statement = bound(sql, values);
        ResultSet found = statement.executeQuery()) {
      List<List<@Nullable String>> rows = new ArrayList<>();
      int columns = found.getMetaData().getColumnCount();
      while (found.next()) {
        List<@Nullable String> row = new ArrayList<>();
        for (int column = 1; column <= columns; column++) {
          row.add(found.getString(column));
        }
        rows.add(row);
      }
      return rows;
    } catch (SQLException e) {
      throw failed(sql, e);
    }
  }

  /** The first column of a statement's rows; none of it is null. */
  public List<String> column(String sql, Object... values) throws IOException {
    List<String> column = new ArrayList<>();
    for (List<@Nullable String> row : rows(sql, values)) {
      column.add(String.valueOf(row.getFirst()));
    }
    return column;
  }

  /** Runs a statement that gives no rows; returns how many it changed. */
  public int change(String sql, Object... values) throws IOException {
    try (PreparedStatement statement = bound(sql, values)) {
      return statement.executeUpdate();
    } catch (SQLException e) {
      throw failed(sql, e);
    }
  }

  private PreparedStatement bound(String sql, Object... values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  /** Writes what {@code COPY … TO STDOUT} gives; returns the number of rows. */
  public long copyOut(String sql, OutputStream out) throws IOException {
    try {
      return connection.unwrap(PGConnection.class).getCopyAPI().copyOut(sql, out);
    } catch (SQLException e) {
      throw failed(sql, e);
    }
  }

  /** Begins {@code COPY … FROM STDIN}. */
  public Filling copyIn(String sql) throws IOException {
    try {
      return new Filling(sql, connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql));
    } catch (SQLException e) {
      throw failed(sql, e);
    }
  }

  /** A table while it is filled. */
  public static final class Filling {
    private final String sql;
    private final CopyIn copy;

    private Filling(String sql, CopyIn copy) {
      this.sql = sql;
      this.copy = copy;
    }

    /** Adds bytes, which need not end with a row. */
    public void write(byte[] bytes) throws IOException {
      try {
        copy.writeToCopy(bytes, 0, bytes.length);
      } catch (SQLException e) {
        throw failed(sql, e);
      }
    }

    /** Ends it; returns the number of rows. */
    public long end() throws IOException {
      try {
        return copy.endCopy();
      } catch (SQLException e) {
        throw failed(sql, e);
      }
    }
  }

  private static IOException failed(String what, SQLException e) {
    return new IOException("the database refuses (%s): %s".formatted(what, e.getMessage()), e);
  }

  /** Ends the connection, and a transaction that was not committed without a trace. */
  @Override
  public void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failed("the end", e);
    }
  }
}
