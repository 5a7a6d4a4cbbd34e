package lmnop.controlplane;

import io.r2dbc.spi.R2dbcException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import lmnop.controlplane.accounts.UserCommand;
import lmnop.controlplane.accounts.Users;
import lmnop.operations.database.Database;
import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/**
 * Manages accounts from the command line of the machine, on the database of a platform that runs.
 */
public final class UserMain {
  private static final int REFUSED = 1;
  private static final int MISUSED = 2;
  private static final String NOT_RUNNING =
      "lmnop does not run on this data directory: start it with ./lmnop up, then try again.";

  private UserMain() {}

  /** Takes the control plane's settings file and what the user wants. */
  public static void main(String... arguments) {
    System.exit(run(arguments));
  }

  static int run(String... arguments) {
    Path settings = Path.of(arguments[0]);
    if (!Files.isReadable(settings)) {
      return refuse(REFUSED, NOT_RUNNING);
    }
    SecureRandom random = new SecureRandom();
    try (Database database = database(settings);
        Users users = new Users(database, random)) {
      new UserCommand(
              users,
              random,
              new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
              System.out::println)
          .run(Arrays.copyOfRange(arguments, 1, arguments.length));
      return 0;
    } catch (Users.Refused e) {
      return refuse(REFUSED, String.valueOf(e.getMessage()));
    } catch (UserCommand.Misused e) {
      return refuse(MISUSED, String.valueOf(e.getMessage()));
    } catch (DataAccessException | TransactionException | R2dbcException e) {
      return refuse(REFUSED, NOT_RUNNING);
    } catch (SettingsException | IOException e) {
      return refuse(REFUSED, String.valueOf(e.getMessage()));
    }
  }

  private static Database database(Path settings) {
    return new Database(
        Settings.load(ControlPlaneSettings.class, "--config", settings.toString()).database());
  }

  private static int refuse(int code, String words) {
    System.err.println(words);
    return code;
  }
}
