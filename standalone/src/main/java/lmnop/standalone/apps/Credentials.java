package lmnop.standalone.apps;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.Map;
import lmnop.operations.credentials.CredentialFile;
import lmnop.operations.credentials.Token;

/**
 * The credentials of a platform on one machine: one file for each caller and purpose, made at the
 * first start.
 */
public final class Credentials {
  /** Letters and digits that nobody takes for one another: 5 bits each. */
  private static final String READABLE = "abcdefghijkmnpqrstuvwxyz23456789";

  private static final int GROUPS = 4;
  private static final int GROUP_LENGTH = 5; // 100 bits in all

  private final Path folder;
  private final SecureRandom random;

  public Credentials(Path folder, SecureRandom random) {
    this.folder = folder;
    this.random = random;
  }

  /** Makes every credential that is not there. */
  public void createMissing() {
    for (App app : App.values()) {
      file("management-" + app.module()).readOrCreate(random);
      file("database-" + app.module()).readOrCreate(random);
    }
    file("database-owner").readOrCreate(random);
    file("database-superuser").readOrCreate(random);
    file("provider-operator").readOrCreate(random);
    file("provider-waker").readOrCreate(random);
    file("provider-alertmanager").readOrCreate(random);
    if (!Files.exists(adminPassword().path())) {
      adminPassword().write(readablePassword(random));
    }
  }

  /** The password of the account {@code admin} at its first start. */
  public CredentialFile adminPassword() {
    return file("admin-password");
  }

  /** The master key of secrets; the control plane makes it where nothing needs another one. */
  Path masterKey() {
    return file("master-key").path();
  }

  /** PostgreSQL's superuser, which only this process uses. */
  public Token databaseSuperuser() {
    return file("database-superuser").read();
  }

  /** The owner of the schema, which runs the migrations. */
  public CredentialFile databaseOwner() {
    return file("database-owner");
  }

  /** The password of each app's database role, by role. */
  public Map<String, Token> databaseRoles() {
    Map<String, Token> roles = new LinkedHashMap<>();
    for (App app : App.values()) {
      roles.put(app.databaseRole(), database(app).read());
    }
    return roles;
  }

  CredentialFile database(App app) {
    return file("database-" + app.module());
  }

  CredentialFile management(App app) {
    return file("management-" + app.module());
  }

  CredentialFile operator() {
    return file("provider-operator");
  }

  CredentialFile waker() {
    return file("provider-waker");
  }

  CredentialFile alertmanager() {
    return file("provider-alertmanager");
  }

  private CredentialFile file(String name) {
    return new CredentialFile(folder.resolve(name));
  }

  /** A password that a person can read out and type. */
  static Token readablePassword(SecureRandom random) {
    StringBuilder password = new StringBuilder();
    for (int group = 0; group < GROUPS; group++) {
      password.append(group == 0 ? "" : "-");
      for (int i = 0; i < GROUP_LENGTH; i++) {
        password.append(READABLE.charAt(random.nextInt(READABLE.length())));
      }
    }
    return new Token(password.toString());
  }
}
