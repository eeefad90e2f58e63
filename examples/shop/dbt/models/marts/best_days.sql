{{ config(materialized="view") }}

select day, revenue from {{ ref("daily_revenue") }} order by revenue desc limit 3
