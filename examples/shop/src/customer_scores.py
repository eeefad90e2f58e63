"""Scores the customers of a day: the more they buy, the likelier they come back."""

import duckdb
from dagster_pipes import open_dagster_pipes

with open_dagster_pipes() as pipes:
    day = pipes.partition_key
    with duckdb.connect(pipes.get_extra("database")) as database:
        database.execute(
            "create table if not exists customer_scores (day date, customer text, score double)"
        )
        database.execute("delete from customer_scores where day = ?", [day])
        database.execute(
            """
            insert into customer_scores
            select day, customer, 1 - 1 / (1 + sum(quantity))
            from stg_orders where day = ? group by day, customer
            """,
            [day],
        )
        (rows,) = database.execute(
            "select count(*) from customer_scores where day = ?", [day]
        ).fetchone()
    pipes.log.info(f"scored {rows} customers of {day}")
    pipes.report_asset_materialization(metadata={"rows": rows})
