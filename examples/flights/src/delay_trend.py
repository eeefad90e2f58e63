"""Fits a line through the mean delays of the hours of a day and reports it through Dagster Pipes."""

import statistics
import sys

try:
    from dagster_pipes import open_dagster_pipes
except ModuleNotFoundError:
    sys.exit(
        f"The Python package dagster-pipes is missing in {sys.executable}. Install it: python3 -m pip install dagster-pipes"
    )


def main() -> None:
    with open_dagster_pipes() as pipes:
        hours = [hour for hour in pipes.get_extra("hours") if hour["flights"] >= pipes.get_extra("min_flights")]
        pipes.log.info(f"{len(hours)} hours have enough flights")
        x = [hour["hour"] for hour in hours]
        y = [hour["meanDelay"] for hour in hours]
        line = statistics.linear_regression(x, y)
        correlation = statistics.correlation(x, y)
        pipes.report_asset_check("is_a_line", passed=correlation >= 0.7, severity="WARN", metadata={"correlation": correlation})
        pipes.report_asset_materialization(
            metadata={
                "minutes_per_hour": line.slope,
                "summary": {
                    "type": "md",
                    "raw_value": f"With every hour of the day, a flight is **{line.slope:.2f} minutes** later.",
                },
            }
        )
        pipes.report_custom_message({"minutesPerHour": line.slope, "minutesAtMidnight": line.intercept})


if __name__ == "__main__":
    main()
