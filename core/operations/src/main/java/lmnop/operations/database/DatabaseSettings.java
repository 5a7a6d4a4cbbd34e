package lmnop.operations.database;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where an app's database is and as which role it logs in.
 *
 * @param host of PostgreSQL
 * @param port of PostgreSQL
 * @param name of the database
 * @param user the role of this app
 * @param passwordFile a credential file of mode 0600
 * @param poolSize connections kept at most
 * @param statementTimeout after which PostgreSQL ends a statement of this app, and a transaction in
 *     which it says nothing more
 */
public record DatabaseSettings(
    @DefaultValue("127.0.0.1") String host,
    @DefaultValue("5432") int port,
    @DefaultValue("lmnop") String name,
    String user,
    Path passwordFile,
    @DefaultValue("8") int poolSize,
    @DefaultValue("5s") Duration statementTimeout) {}
