{{ config(materialized="table") }}
select number from {{ ref("fragile") }}
