{{ config(materialized="table") }}
select cast('{{ var("number", "1") }}' as integer) as number
