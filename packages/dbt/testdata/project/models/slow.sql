{{ config(materialized="table") }}
{% set rows = var("rows", 1) %}
select sum(a.range * b.range) as total from range({{ rows }}) as a, range({{ rows }}) as b
