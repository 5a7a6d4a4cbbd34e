package lmnop.standalone.postgresql;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import lmnop.operations.credentials.Token;

/**
 * Makes the database {@code lmnop} and the roles that may enter it. The migrations then say what
 * each role may do; the schema's owner is no superuser.
 */
final class Roles {
  private static final String OWNER = "lmnop_owner";

  private Roles() {}

  /** Makes what is missing and sets every password. Role names are ours, passwords base64. */
  static void ensure(int port, Token superuser, Token owner, Map<String, Token> apps)
      throws SQLException {
    Properties login = new Properties();
    login.setProperty("user", "postgres");
    login.setProperty("password", superuser.value());
    login.setProperty("sslmode", "disable");
    login.setProperty("connectTimeout", "5");
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres", login);
        Statement sql = connection.createStatement()) {
      sql.execute(role(OWNER, "CREATEROLE", owner));
      for (Map.Entry<String, Token> app : apps.entrySet()) {
        sql.execute(role(app.getKey(), "NOCREATEROLE", app.getValue()));
      }
      if (!databaseExists(sql)) {
        sql.execute("CREATE DATABASE lmnop OWNER " + OWNER);
      }
      sql.execute("REVOKE ALL ON DATABASE lmnop, postgres, template1 FROM PUBLIC");
      sql.execute("GRANT CONNECT ON DATABASE lmnop TO " + String.join(", ", apps.keySet()));
    }
  }

  private static String role(String name, String rights, Token password) {
    return """
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%1$s') THEN
        CREATE ROLE %1$s;
      END IF;
      ALTER ROLE %1$s LOGIN NOSUPERUSER NOCREATEDB %2$s PASSWORD '%3$s';
    END $$\
    """
        .formatted(name, rights, password.value());
  }

  private static boolean databaseExists(Statement sql) throws SQLException {
    try (ResultSet found = sql.executeQuery("SELECT FROM pg_database WHERE datname = 'lmnop'")) {
      return found.next();
    }
  }
}
